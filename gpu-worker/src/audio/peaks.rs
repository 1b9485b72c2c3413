//! Loudness over time: what the waveform on the page and the search for pauses need.

/// Length of one step of [`Loudness`].
pub const STEP_MS: u32 = 10;
const STEP_SAMPLES: u32 = super::SAMPLE_RATE / 1000 * STEP_MS;

/// Columns of the waveform that travels with a transcript.
pub const WAVEFORM_BINS: usize = 800;

/// The loudest sample of every 10 ms of one channel: a byte each, 1 MB for three hours.
#[derive(Debug, Default)]
pub struct Loudness {
    steps: Vec<u8>,
    samples_in_step: u32,
}

impl Loudness {
    pub fn add(&mut self, samples: &[i16]) {
        for sample in samples {
            if self.samples_in_step == 0 {
                self.steps.push(0);
            }
            let loudness = u8::try_from(sample.unsigned_abs() >> 7).unwrap_or(u8::MAX);
            if let Some(step) = self.steps.last_mut() {
                *step = (*step).max(loudness);
            }
            self.samples_in_step = (self.samples_in_step + 1) % STEP_SAMPLES;
        }
    }

    /// One byte per 10 ms: 255 is full scale.
    pub fn steps(&self) -> &[u8] {
        &self.steps
    }

    /// At most [`WAVEFORM_BINS`] columns over the whole length, each its loudest moment.
    pub fn waveform(&self) -> Vec<u8> {
        let bins = WAVEFORM_BINS.min(self.steps.len());
        (0..bins)
            .map(|bin| {
                let from = bin * self.steps.len() / bins;
                let to = (bin + 1) * self.steps.len() / bins;
                self.steps[from..to].iter().copied().max().unwrap_or(0)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_in_its_column() {
        let mut loudness = Loudness::default();
        let mut samples = vec![0_i16; 16_000 * 20];
        samples[16_000 * 5] = i16::MIN;
        for part in samples.chunks(777) {
            loudness.add(part);
        }
        assert_eq!(loudness.steps().len(), 2_000);
        let waveform = loudness.waveform();
        assert_eq!(waveform.len(), WAVEFORM_BINS);
        let loud: Vec<usize> = (0..waveform.len()).filter(|bin| waveform[*bin] > 0).collect();
        assert_eq!(loud, [WAVEFORM_BINS / 4]);
        assert_eq!(waveform[WAVEFORM_BINS / 4], 255);
    }

    #[test]
    fn a_short_recording_has_fewer_columns() {
        let mut loudness = Loudness::default();
        loudness.add(&[1_000; 3_200]);
        assert_eq!(loudness.waveform(), [7; 20]);
    }
}
