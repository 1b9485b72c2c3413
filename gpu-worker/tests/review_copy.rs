//! The copy that reviewers listen to, held against the recording that it was made of.

#[path = "support/made/mod.rs"]
#[expect(dead_code, reason = "these tests need some of the recordings")]
mod made;
#[path = "../examples/told_time/variable.rs"]
mod variable;

use std::f64::consts::TAU;
use std::io::Read;
use std::ops::Range;

use gpu_worker::audio::review_copy::{self, ReviewCopy};
use gpu_worker::audio::{Recording, SAMPLE_RATE};
use sha2::{Digest, Sha256};

/// Far less than a person who follows the words while listening would notice, and less than the
/// encoder's delay of 25 ms and more.
const CLOSE_S: f64 = 0.015;

const SECONDS: u32 = 14;
/// Unevenly apart, and on the borders of no frame.
const CLICKS_S: [f64; 8] = [0.05, 0.613, 1.7777, 3.31, 6.25, 9.0421, 12.6, 13.93];

#[test]
fn a_recording_with_a_variable_bit_rate_and_its_copy_have_the_same_times() {
    for rate in [44_100, 22_050, 16_000, 8_000] {
        let mp3 = variable::encode(rate, (0..SECONDS).map(|second| clicks(rate, second))).expect("an MP3");
        let original = decode(&mp3);
        assert!(original.duration_ms.abs_diff(SECONDS * 1000) <= 1, "{rate} Hz: {} ms", original.duration_ms);
        assert_clicks(&original, &format!("original at {rate} Hz"));
        let copy = decode(&bytes(&mut encode(&original)));
        assert_clicks(&copy, &format!("copy of {rate} Hz"));
        let longer_ms = i64::from(copy.duration_ms) - i64::from(original.duration_ms);
        assert!(longer_ms.abs() <= 1, "the copy of {rate} Hz is {longer_ms} ms longer");
    }
}

#[test]
fn size_and_hash_are_those_of_the_file() {
    let mut copy = encode(&decode(&wav(&[tone(440.0)])));
    let written = bytes(&mut copy);
    assert_eq!(copy.bytes, written.len() as u64);
    assert_eq!(copy.sha256, format!("{:x}", Sha256::digest(&written)));
    let expected = u64::from(SECONDS) * 40_000 / 8;
    assert!(copy.bytes.abs_diff(expected) < expected / 50, "40 kbit/s make no {} bytes", copy.bytes);
}

#[test]
fn two_voices_stay_two_and_keep_their_sides() {
    let original = decode(&wav(&[tone(440.0), tone(1_000.0)]));
    assert_eq!(original.tracks.len(), 2);
    let copy = decode(&bytes(&mut encode(&original)));
    let [left, right] = &copy.tracks[..] else { panic!("the copy has {} channels", copy.tracks.len()) };
    for (track, own, other) in [(left, 440.0, 1_000.0), (right, 1_000.0, 440.0)] {
        let sound = track.read(&(5_000..6_000)).expect("readable");
        let (own, other) = (strength(&sound, own), strength(&sound, other));
        assert!(own > 100.0 * other, "channel {} has {own} of its own, {other} of the other", track.channel);
    }
}

#[test]
fn equal_channels_become_one() {
    let copy = decode(&bytes(&mut encode(&decode(&wav(&[tone(440.0), tone(440.0)])))));
    assert_eq!(copy.tracks.len(), 1);
    assert!(copy.duration_ms.abs_diff(SECONDS * 1000) <= 1, "{} ms long", copy.duration_ms);
}

#[test]
fn a_moment_of_sound_has_a_copy_too() {
    let original = decode(&wav(&[tone(440.0)[..160].to_vec()]));
    assert_eq!(original.duration_ms, 10);
    assert_eq!(decode(&bytes(&mut encode(&original))).duration_ms, 10);
}

#[test]
fn the_encoder_stops_when_it_is_asked_to() {
    let recording = decode(&wav(&[tone(440.0)]));
    let stopped = review_copy::encode(&recording, &|| true);
    assert!(matches!(stopped, Err(review_copy::ReviewCopyError::Stopped)));
}

fn encode(recording: &Recording) -> ReviewCopy {
    review_copy::encode(recording, &|| false).expect("encodes")
}

fn bytes(copy: &mut ReviewCopy) -> Vec<u8> {
    let mut bytes = Vec::new();
    copy.file.read_to_end(&mut bytes).expect("readable from its start");
    bytes
}

fn decode(content: &[u8]) -> Recording {
    made::sound::decoded(content).expect("decodes")
}

/// One second of faint noise, with a short smooth bump wherever a click belongs.
fn clicks(rate: u32, second: u32) -> Vec<i16> {
    let mut random = second + 1;
    (0..rate)
        .map(|n| {
            let time = f64::from(second) + f64::from(n) / f64::from(rate);
            let bumps: f64 = CLICKS_S.iter().map(|at| (-((time - at) / 0.0005).powi(2)).exp()).sum();
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Every other second is quiet, so that the bit rate varies.
            let noise = f64::from(second % 2) * 0.01 * (f64::from(random >> 16) / 32_768.0 - 1.0);
            ((bumps * 0.7 + noise) * f64::from(i16::MAX)) as i16
        })
        .collect()
}

fn assert_clicks(recording: &Recording, name: &str) {
    let [track] = &recording.tracks[..] else { panic!("{name}: not one channel") };
    for at in CLICKS_S {
        let around: Range<u32> = ((at - 0.05) * 1000.0) as u32..((at + 0.07) * 1000.0) as u32;
        let sound = track.read(&around).expect("readable");
        let (loudest, _) = (0_u32..).zip(&sound).max_by_key(|(_, sample)| **sample).expect("not empty");
        let heard = f64::from(around.start) / 1000.0 + f64::from(loudest) / f64::from(SAMPLE_RATE);
        let off = heard - at;
        assert!(off.abs() < CLOSE_S, "{name}: the click of {at} s is heard at {heard} s");
    }
}

fn tone(hertz: f64) -> Vec<i16> {
    (0..SECONDS * SAMPLE_RATE)
        .map(|n| ((TAU * hertz * f64::from(n) / f64::from(SAMPLE_RATE)).sin() * 8_000.0) as i16)
        .collect()
}

/// How much of a tone is in a sound.
fn strength(sound: &[i16], hertz: f64) -> f64 {
    let part = |turn: f64| -> f64 {
        (0_u32..)
            .zip(sound)
            .map(|(n, sample)| {
                let angle = TAU * hertz * f64::from(n) / f64::from(SAMPLE_RATE) + turn;
                f64::from(*sample) * angle.sin()
            })
            .sum()
    };
    part(0.0).hypot(part(TAU / 4.0))
}

fn wav(channels: &[Vec<i16>]) -> Vec<u8> {
    made::wav::wav(made::wav::Coding::Pcm16, SAMPLE_RATE, channels)
}
