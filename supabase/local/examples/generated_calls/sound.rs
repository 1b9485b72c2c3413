//! MP3 is a row of frames: a recording of any length is made by repeating those of another.

use anyhow::ensure;

/// Kilobits a second by the header's number, for MPEG 1 and for 2 and 2.5, layer III.
const RATES_1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const RATES_2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

pub struct Frames {
    /// Without the one that only tells about the others.
    kept: Vec<Vec<u8>>,
    samples: u32,
    hertz: u32,
}

/// The frames of an MP3 file.
pub fn frames(file: &[u8]) -> anyhow::Result<Frames> {
    let mut found = Frames { kept: Vec::new(), samples: 0, hertz: 0 };
    let mut at = if file.starts_with(b"ID3") {
        10 + file[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte))
    } else {
        0
    };
    while let Some(header) = file.get(at..at + 4) {
        if header[0] != 0xff || header[1] & 0xe6 != 0xe2 {
            break;
        }
        let mpeg_1 = header[1] & 0x18 == 0x18;
        let (rates, samples) = if mpeg_1 { (RATES_1, 1152) } else { (RATES_2, 576) };
        let halved = match header[1] & 0x18 {
            0x18 => 1,
            0x10 => 2,
            _ => 4,
        };
        let hertz = [44_100, 48_000, 32_000, 0][usize::from(header[2] >> 2 & 3)] / halved;
        let kilobits = rates.get(usize::from(header[2] >> 4)).copied().unwrap_or(0);
        ensure!(hertz > 0 && kilobits > 0, "byte {at} is no frame of a constant bit rate");
        let length = (samples / 8 * kilobits * 1000 / hertz + u32::from(header[2] >> 1 & 1)) as usize;
        let Some(frame) = file.get(at..at + length) else { break };
        let tells = |word: &[u8]| frame.windows(word.len()).take(64).any(|part| part == word);
        if !tells(b"Xing") && !tells(b"Info") {
            (found.samples, found.hertz) = (samples, hertz);
            found.kept.push(frame.to_vec());
        }
        at += length;
    }
    ensure!(!found.kept.is_empty(), "there is no frame in the file");
    Ok(found)
}

/// A recording of this length.
pub fn lasting(frames: &Frames, duration_ms: u32) -> Vec<u8> {
    let count = u64::from(duration_ms) * u64::from(frames.hertz) / 1000 / u64::from(frames.samples);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    frames.kept.iter().cycle().take(count).flatten().copied().collect()
}
