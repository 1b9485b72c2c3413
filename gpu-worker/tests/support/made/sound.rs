//! Sound: of demo calls, and sound in which nobody speaks.

use std::f32::consts::TAU;
use std::io::{Seek, Write};
use std::path::Path;

use gpu_worker::audio::channels::AgentChannel;
use gpu_worker::audio::{AudioError, Recording, decode};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Of all sound here, in hertz, where no other rate is named.
pub const RATE: u32 = 16_000;

/// A recording with this content.
pub fn decoded(content: &[u8]) -> Result<Recording, AudioError> {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).and_then(|()| file.rewind()).expect("room on the disk");
    decode(file, AgentChannel(0), &|| false)
}

/// The channels of a recording.
pub fn channels_of(recording: &Path) -> Vec<Vec<i16>> {
    let content = std::fs::read(recording).expect("readable");
    let recording = decoded(&content).expect("a recording");
    let whole = 0..recording.duration_ms;
    recording.tracks.iter().map(|track| track.read(&whole).expect("readable")).collect()
}

/// Three samples for each, on a straight line: 48 kHz.
pub fn tripled(sound: &[i16]) -> Vec<i16> {
    let next = sound.iter().skip(1).chain(sound.last());
    let between = |from: i16, to: i16, third: i32| {
        let step = (i32::from(to) - i32::from(from)) * third / 3;
        i16::try_from(i32::from(from) + step).expect("between two samples")
    };
    sound.iter().zip(next).flat_map(|(from, to)| [0, 1, 2].map(|third| between(*from, *to, third))).collect()
}

/// Every second sample of a smoothed sound: 8 kHz.
pub fn halved(sound: &[i16]) -> Vec<i16> {
    let at = |place: usize| sound.get(place).copied().map_or(0, i32::from);
    (0..sound.len() / 2)
        .map(|half| half * 2)
        .map(|place| (at(place.wrapping_sub(1)) + 2 * at(place) + at(place + 1)) / 4)
        .map(|mean| i16::try_from(mean).expect("a mean"))
        .collect()
}

pub fn silence(seconds: u32) -> Vec<i16> {
    vec![0; samples(seconds)]
}

/// Four chords again and again, each struck twice a second, with partials that die away the faster the
/// higher they are.
pub fn music(seconds: u32) -> Vec<i16> {
    const CHORDS: [[f32; 3]; 4] =
        [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let rate = RATE as f32;
    let at = |place: usize| {
        let seconds = place as f32 / rate;
        let since_struck = seconds % 0.5;
        let chord = CHORDS[(seconds / 2.0) as usize % CHORDS.len()];
        let partial = |tone: f32, number: f32| {
            (-2.0 * number * since_struck).exp() / number * (TAU * tone * number * since_struck).sin()
        };
        let note = |tone: f32| (1_u8..=6).map(|number| partial(tone, f32::from(number))).sum::<f32>();
        chord.into_iter().map(note).sum::<f32>()
    };
    (0..samples(seconds)).map(|place| quantised(at(place) / 6.0)).collect()
}

/// All frequencies alike.
pub fn white_noise(seconds: u32) -> Vec<i16> {
    let mut random = StdRng::seed_from_u64(1);
    (0..samples(seconds)).map(|_| quantised(random.random_range(-0.3..0.3))).collect()
}

/// The lower a frequency, the louder, as in a room or on a line.
pub fn pink_noise(seconds: u32) -> Vec<i16> {
    // White noises that change at every sample, every second one, every fourth one and so on.
    let mut random = StdRng::seed_from_u64(2);
    let mut sources = [0.0_f32; 12];
    (0..samples(seconds))
        .map(|place| {
            let slowest = (place.trailing_zeros() as usize).min(sources.len() - 1);
            sources[slowest] = random.random_range(-1.0..1.0);
            quantised(sources.iter().sum::<f32>() / 12.0)
        })
        .collect()
}

/// Bytes without any order.
pub fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    StdRng::seed_from_u64(3).fill(&mut bytes[..]);
    bytes
}

fn samples(seconds: u32) -> usize {
    (seconds * RATE) as usize
}

fn quantised(value: f32) -> i16 {
    (value * 32_767.0).round() as i16
}
