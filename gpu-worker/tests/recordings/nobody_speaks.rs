//! Sound in which there is nothing to hear.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use supabase_client::transcript::Transcript;

use crate::made::sound::{RATE, music, pink_noise, silence, white_noise};
use crate::made::wav::{Coding, header, wav};
use crate::outcome::heard;
use crate::program::transcribe;

/// Nothing that a reader would take for something that was said.
fn assert_nothing_said(transcript: &Transcript) {
    let believed: Vec<_> = transcript.segments.iter().filter(|segment| segment.doubts.is_empty()).collect();
    assert!(believed.is_empty(), "{believed:#?}");
}

#[test]
fn three_hours_of_silence_are_an_empty_transcript() {
    let length = 3 * 3_600 * 8_000 * 2;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("silence.wav");
    let mut file = File::create(&path).expect("created");
    file.write_all(&header(Coding::Pcm16, 8_000, 1, length)).expect("written");
    // The rest of the file is zeros that take no room on the disk.
    file.set_len(file.metadata().expect("its length").len() + u64::from(length)).expect("lengthened");
    let began = Instant::now();
    let transcript = transcribe(&path);
    println!("3 h of silence: {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(transcript.duration_ms, 3 * 3_600 * 1_000);
    assert_eq!(transcript.segments, []);
}

#[test]
fn a_fifth_of_a_second_is_a_transcript() {
    for samples in [1_600, 3_200] {
        let transcript = heard("short.wav", &wav(Coding::Pcm16, RATE, &[vec![0; samples]]));
        assert_eq!(transcript.duration_ms as usize, samples / 16);
        assert_eq!(transcript.segments, []);
    }
    let click: Vec<i16> = (0..3_200).map(|n| n % 7 * 3_000).collect();
    let transcript = heard("click.wav", &wav(Coding::Pcm16, RATE, &[click]));
    assert!(transcript.segments.iter().all(|segment| segment.end_ms <= 200), "{:?}", transcript.segments);
    assert_nothing_said(&transcript);
}

#[test]
fn silence_of_a_phone_is_an_empty_transcript() {
    let transcript = heard("phone.wav", &wav(Coding::MuLaw, 8_000, &[silence(20)]));
    assert_eq!(transcript.duration_ms, 40_000);
    assert_eq!(transcript.segments, []);
}

#[test]
fn nothing_is_said_in_music() {
    let transcript = heard("music.wav", &wav(Coding::Pcm16, RATE, &[music(60), silence(60)]));
    assert_eq!(transcript.duration_ms, 60_000);
    assert_nothing_said(&transcript);
}

#[test]
fn nothing_is_said_in_noise() {
    let transcript = heard("noise.wav", &wav(Coding::Pcm16, RATE, &[white_noise(60), pink_noise(60)]));
    assert_eq!(transcript.duration_ms, 60_000);
    assert_nothing_said(&transcript);
}
