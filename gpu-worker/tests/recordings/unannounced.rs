//! MP3s that do not say how long they are, and MP3s that change in the middle.

use mp3lame_encoder::VbrMode;

use crate::made::mp3::mp3;
use crate::made::sound::{RATE, decoded, silence, white_noise};

#[test]
fn a_variable_bit_rate_without_a_length_is_heard_to_its_end() {
    // From its beginning the file looks much shorter than it is.
    let sound = [white_noise(5), silence(60), white_noise(5)].concat();
    let recording = decoded(&mp3(&[sound], RATE, VbrMode::Mtrh, false)).expect("a recording");
    assert!(recording.duration_ms.abs_diff(70_000) < 250, "{} ms", recording.duration_ms);
    let end = recording.tracks[0].read(&(66_000..69_000)).expect("readable");
    assert!(end.iter().any(|sample| sample.unsigned_abs() > 1_000), "its end is heard");
}

#[test]
fn a_recording_that_changes_its_rate_is_refused_with_that_sentence() {
    let part = |rate| mp3(&[white_noise(10)], rate, VbrMode::Off, false);
    let Err(error) = decoded(&[part(RATE), part(22_050)].concat()) else {
        panic!("it cannot be one recording")
    };
    assert_eq!(error.to_string(), "The recording changes its sample rate or its channels in the middle.");
}
