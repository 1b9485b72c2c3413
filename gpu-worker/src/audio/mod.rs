//! From a recording's bytes to speech that the engine can hear: 16 kHz, one speaker a track.

pub mod channels;
pub mod decode;
mod lost;
pub mod peaks;
pub mod resample;
pub mod review_copy;
pub mod stretches;
pub mod track;
pub mod voice;

pub use decode::{AudioError, decode};
pub use track::{Recording, Track};

/// One row of samples, between -1 and 1, for each channel; all rows have the same length.
pub type Planes = Vec<Vec<f32>>;

/// What whisper models hear.
pub const SAMPLE_RATE: u32 = 16_000;

/// Samples in a millisecond at [`SAMPLE_RATE`].
pub const SAMPLES_PER_MS: u64 = SAMPLE_RATE as u64 / 1000;

/// Samples as engines take them, between -1 and 1.
pub fn as_float(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
}
