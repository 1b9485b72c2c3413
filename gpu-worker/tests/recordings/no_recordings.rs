//! Files without sound.

use crate::made::sound::random_bytes;
use crate::made::wav::{Coding, header};
use crate::outcome::refusal;

const NOT_AUDIO: &str = "The recording is not audio: no MP3 or WAV sound was found in the file.";
const EMPTY: &str = "The recording is empty.";

#[test]
fn text_is_no_recording() {
    let letter = "This is a letter and no call. ".repeat(4_000);
    assert_eq!(refusal("letter.mp3", letter.as_bytes()), NOT_AUDIO);
    assert_eq!(refusal("page.wav", b"<!DOCTYPE html><title>404</title>"), NOT_AUDIO);
}

#[test]
fn the_beginning_of_a_recording_is_none() {
    assert_eq!(refusal("short.mp3", b"ID3"), NOT_AUDIO);
    assert_eq!(refusal("short.wav", b"RIFF"), NOT_AUDIO);
}

#[test]
fn what_is_empty_is_called_empty() {
    assert_eq!(refusal("empty.mp3", b""), EMPTY);
    assert_eq!(refusal("header.wav", &header(Coding::Pcm16, 8_000, 1, 0)), EMPTY);
}

#[test]
fn random_bytes_end_in_a_sentence() {
    // They hold what looks like MP3 headers now and then.
    let sentence = refusal("noise.mp3", &random_bytes(300_000));
    assert!(sentence.starts_with("The recording is"), "{sentence}");
}
