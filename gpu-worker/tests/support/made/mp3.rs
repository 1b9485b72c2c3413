//! MP3 files, whole and broken.

use std::ops::Range;

use mp3lame_encoder::{
    Builder, DualPcm, FlushGap, Mode, MonoPcm, Quality, VbrMode, max_required_buffer_size,
};

use super::sound::{RATE, random_bytes};

/// A whole file of one channel or two. Only with a first frame for it, it tells its length.
pub fn mp3(channels: &[Vec<i16>], rate: u32, mode: VbrMode, tells_its_length: bool) -> Vec<u8> {
    let number = u8::try_from(channels.len()).expect("few channels");
    let mut encoder = Builder::new()
        .expect("memory")
        .with_sample_rate(rate)
        .and_then(|builder| builder.with_num_channels(number))
        .and_then(|builder| builder.with_mode(if number == 1 { Mode::Mono } else { Mode::Stereo }))
        .and_then(|builder| builder.with_vbr_mode(mode))
        .and_then(|builder| builder.with_vbr_quality(Quality::Good))
        .and_then(|builder| builder.with_to_write_vbr_tag(tells_its_length))
        .and_then(Builder::build)
        .expect("an encoder");
    let mut file = Vec::with_capacity(max_required_buffer_size(channels[0].len()) + 7_200);
    let taken = match channels {
        [left, right] => encoder.encode_to_vec(DualPcm { left, right }, &mut file),
        [only] => encoder.encode_to_vec(MonoPcm(&only[..]), &mut file),
        _ => panic!("one channel or two"),
    };
    taken.expect("encoded");
    encoder.flush_to_vec::<FlushGap>(&mut file).expect("encoded");
    if tells_its_length {
        let mut tag = Vec::with_capacity(encoder.lame_tag_size());
        encoder.lame_tag_encode_to_vec(&mut tag).expect("a first frame");
        file[..tag.len()].copy_from_slice(&tag);
    }
    file
}

/// Two channels with a bit rate that follows what there is to hear.
pub fn variable_bit_rate(channels: &[Vec<i16>]) -> Vec<u8> {
    mp3(channels, RATE, VbrMode::Mtrh, true)
}

/// The frames of an MP3 of MPEG 2 or 2.5, as the demo calls are.
pub fn frames(file: &[u8]) -> Vec<Range<usize>> {
    const KBITS: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let mut frames = Vec::new();
    // An ID3 tag of version 2 gives its own length, in seven bits a byte.
    let mut at = match file {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            [a, b, c, d].into_iter().fold(0, |length, byte| length << 7 | usize::from(*byte)) + 10
        }
        _ => 0,
    };
    while let Some([0xff, version, rates, _]) = file.get(at..at + 4) {
        let rate = match version & 0xf8 {
            0xf0 => [22_050, 24_000, 16_000],
            0xe0 => [11_025, 12_000, 8_000],
            _ => panic!("no MPEG 2 at {at}"),
        }[usize::from(rates >> 2 & 3)];
        let length = 72 * 1_000 * KBITS[usize::from(rates >> 4)] / rate + usize::from(rates >> 1 & 1);
        frames.push(at..(at + length).min(file.len()));
        at += length;
    }
    assert!(frames.len() > 100, "{} frames", frames.len());
    frames
}

/// The insides of a few frames in a row overwritten, in ten places all over the file. The headers stay.
pub fn with_broken_frames(mut file: Vec<u8>) -> Vec<u8> {
    let frames = frames(&file);
    for place in 1..=10 {
        for frame in frames.iter().skip(place * frames.len() / 11).take(3) {
            let inside = frame.start + 4..frame.end;
            file[inside.clone()].copy_from_slice(&random_bytes(inside.len()));
        }
    }
    file
}

/// Whole frames overwritten, headers and all, in three places: with zeros, and with bytes of which some
/// look like headers.
pub fn with_lost_frames(mut file: Vec<u8>, count: usize) -> Vec<u8> {
    let frames = frames(&file);
    for place in 1..=3 {
        let first = place * frames.len() / 4;
        let lost = frames[first].start..frames[first + count].start;
        let ruins = if place == 1 { vec![0; lost.len()] } else { random_bytes(lost.len()) };
        file[lost].copy_from_slice(&ruins);
    }
    file
}
