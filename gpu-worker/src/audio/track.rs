//! A decoded recording: kept on disk, so that memory does not grow with its length.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use supabase_client::transcript::Speaker;

use super::peaks::Loudness;
use super::voice::Voice;
use super::{SAMPLE_RATE, SAMPLES_PER_MS};

const BYTES_PER_SAMPLE: u64 = 2;

/// What one recording says, one track for each voice that can be told apart.
pub struct Recording {
    pub duration_ms: u32,
    /// What is destroyed in the file and silence in every track, in milliseconds, in order.
    pub lost: Vec<Range<u32>>,
    pub tracks: Vec<Track>,
}

/// One channel at 16 kHz. The samples (115 MB an hour) lie in a file without a name that vanishes
/// with the process, however that ends.
pub struct Track {
    pub channel: u8,
    pub speaker: Speaker,
    pub loudness: Loudness,
    /// How likely somebody speaks, 0 to 255, every 16 ms.
    pub voice: Vec<u8>,
    samples: File,
    bytes: u64,
}

impl Track {
    /// The samples between two moments in milliseconds. Several may read at once.
    pub fn read(&self, from_to: &Range<u32>) -> io::Result<Vec<i16>> {
        let bytes_at = |ms: u32| (u64::from(ms) * SAMPLES_PER_MS * BYTES_PER_SAMPLE).min(self.bytes);
        let (from, to) = (bytes_at(from_to.start), bytes_at(from_to.end));
        let mut bytes = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
        self.samples.read_exact_at(&mut bytes, from)?;
        Ok(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
    }
}

/// Writes one channel while it is being decoded.
pub struct TrackWriter {
    samples: BufWriter<File>,
    loudness: Loudness,
    voice: Voice,
    count: u64,
}

impl TrackWriter {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            samples: BufWriter::new(tempfile::tempfile()?),
            loudness: Loudness::default(),
            voice: Voice::default(),
            count: 0,
        })
    }

    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "the clamp keeps the value in range")]
        let samples: Vec<i16> = samples
            .iter()
            .map(|sample| (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
            .collect();
        for sample in &samples {
            self.samples.write_all(&sample.to_le_bytes())?;
        }
        self.loudness.add(&samples);
        self.voice.add(&samples);
        self.count += samples.len() as u64;
        Ok(())
    }

    /// Length of what was written so far.
    pub fn duration_ms(&self) -> u32 {
        u32::try_from(self.count * 1000 / u64::from(SAMPLE_RATE)).unwrap_or(u32::MAX)
    }

    pub fn finish(self, channel: u8, speaker: Speaker) -> io::Result<Track> {
        let samples = self.samples.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Track {
            channel,
            speaker,
            loudness: self.loudness,
            voice: self.voice.finish(),
            samples,
            bytes: self.count * BYTES_PER_SAMPLE,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_reads_back_as_it_was_written() {
        let mut writer = TrackWriter::new().expect("a temporary file");
        let written: Vec<i16> = (0..32_000).collect();
        let loudness: Vec<f32> = written.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        for part in loudness.chunks(333) {
            writer.write(part).expect("room on the disk");
        }
        assert_eq!(writer.duration_ms(), 2_000);
        let track = writer.finish(1, Speaker::Caller).expect("written out");
        assert_eq!(track.read(&(500..1_250)).expect("readable"), written[8_000..20_000]);
        assert_eq!(track.read(&(1_990..5_000)).expect("readable").len(), 160, "short at the end");
        assert_eq!(track.voice.len(), 125);
    }

    #[test]
    fn what_is_too_loud_is_clipped() {
        let mut writer = TrackWriter::new().expect("a temporary file");
        writer.write(&[3.0; 16]).expect("room on the disk");
        let track = writer.finish(0, Speaker::Unknown).expect("written out");
        assert_eq!(track.read(&(0..1)).expect("readable"), [i16::MAX; 16]);
    }
}
