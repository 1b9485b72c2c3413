//! MP3s that do not say how long they are, and MP3s that change in the middle.

use std::fs::File;
use std::io::{Seek, Write};

use gpu_worker::audio::channels::AgentChannel;
use gpu_worker::audio::{AudioError, Recording, decode};
use mp3lame_encoder::{Builder, FlushGap, Mode, MonoPcm, VbrMode, max_required_buffer_size};

const RATE: u32 = 16_000;

/// One channel, with or without a first frame that tells the length; `rate` is that of the MP3.
fn mp3(sound: &[i16], rate: u32, mode: VbrMode) -> Vec<u8> {
    let mut encoder = Builder::new()
        .expect("memory")
        .with_sample_rate(rate)
        .and_then(|builder| builder.with_num_channels(1))
        .and_then(|builder| builder.with_mode(Mode::Mono))
        .and_then(|builder| builder.with_vbr_mode(mode))
        .and_then(|builder| builder.with_to_write_vbr_tag(false))
        .and_then(Builder::build)
        .expect("an encoder");
    let mut file = Vec::with_capacity(max_required_buffer_size(sound.len()) + 7_200);
    encoder.encode_to_vec(MonoPcm(sound), &mut file).expect("encoded");
    encoder.flush_to_vec::<FlushGap>(&mut file).expect("encoded");
    file
}

/// Busy sound, which takes many bits.
fn noise(seconds: u32) -> Vec<i16> {
    let mut state = 1_u32;
    let sample = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i16::from_le_bytes([state.to_le_bytes()[2], state.to_le_bytes()[3]]) / 4
    };
    (0..seconds * RATE).map(sample).collect()
}

fn decoded(file: &[u8]) -> Result<Recording, AudioError> {
    let mut stored: File = tempfile::tempfile().expect("a temporary file");
    stored.write_all(file).and_then(|()| stored.rewind()).expect("room on the disk");
    decode(stored, AgentChannel(0), &|| false)
}

#[test]
fn a_variable_bit_rate_without_a_length_is_heard_to_its_end() {
    // From its beginning the file looks much shorter than it is.
    let sound = [noise(5), vec![0; 60 * RATE as usize], noise(5)].concat();
    let file = mp3(&sound, RATE, VbrMode::Mtrh);
    let recording = decoded(&file).expect("a recording");
    assert!(recording.duration_ms.abs_diff(70_000) < 250, "{} ms", recording.duration_ms);
    let end = recording.tracks[0].read(&(66_000..69_000)).expect("readable");
    assert!(end.iter().any(|sample| sample.unsigned_abs() > 1_000), "its end is heard");
}

#[test]
fn a_recording_that_changes_its_rate_is_refused_with_that_sentence() {
    let file = [mp3(&noise(10), RATE, VbrMode::Off), mp3(&noise(10), 22_050, VbrMode::Off)].concat();
    let Err(error) = decoded(&file) else { panic!("it cannot be one recording") };
    assert_eq!(error.to_string(), "The recording changes its sample rate or its channels in the middle.");
}
