//! Where somebody speaks.

use earshot::{DefaultPredictor, Detector};

/// One look at the sound: the detector's own step.
pub const FRAME_MS: u32 = 16;
const FRAME_SAMPLES: usize = FRAME_MS as usize * super::SAMPLES_PER_MS as usize;

/// How likely somebody speaks, every 16 ms of one channel: a byte each, 0.7 MB for three hours.
pub struct Voice {
    detector: Box<Detector<DefaultPredictor>>,
    /// Sound that does not fill a frame yet.
    pending: Vec<i16>,
    likely: Vec<u8>,
}

impl Default for Voice {
    fn default() -> Self {
        Self { detector: Detector::default_boxed(), pending: Vec::new(), likely: Vec::new() }
    }
}

impl Voice {
    pub fn add(&mut self, samples: &[i16]) {
        self.pending.extend_from_slice(samples);
        let mut frames = self.pending.chunks_exact(FRAME_SAMPLES);
        for frame in &mut frames {
            self.likely.push(as_byte(self.detector.predict_i16(frame)));
        }
        self.pending = frames.remainder().to_vec();
    }

    /// One value per 16 ms, 0 to 255.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.pending.is_empty() {
            let missing = FRAME_SAMPLES - self.pending.len();
            self.add(&vec![0; missing]);
        }
        self.likely
    }
}

fn as_byte(score: f32) -> u8 {
    (score.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::stretches::SPEECH_FROM;

    #[test]
    fn silence_is_no_speech_and_every_frame_counts() {
        let mut voice = Voice::default();
        for part in vec![0; 16_000].chunks(777) {
            voice.add(part);
        }
        let likely = voice.finish();
        assert_eq!(likely.len(), 63, "62.5 frames");
        assert!(likely.iter().all(|score| *score < SPEECH_FROM), "{likely:?}");
    }
}
