//! To 16 kHz, piece by piece, without moving anything in time.

use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Indexing, Resampler};

use super::{Planes, SAMPLE_RATE};

/// Frames per step. With rubato's own choice of block size this keeps the filter sharp and the
/// delay short.
const CHUNK_FRAMES: usize = 1024;

/// Takes pieces of any length and gives 16 kHz pieces. The sample at time t of the input is the
/// sample at time t of the output: the filter's delay is cut off the front and made up at the end.
pub struct Converter {
    /// Absent where nothing is to be done.
    filter: Option<Filter>,
}

struct Filter {
    fft: Fft<f32>,
    /// Input that does not fill a step yet.
    pending: Planes,
    /// Frames of delay still to be cut off the output.
    to_cut: usize,
    taken_frames: u64,
    given_frames: u64,
    input_rate: u32,
}

impl Converter {
    /// # Errors
    /// rubato's, for rates that it cannot convert.
    pub fn new(input_rate: u32, channels: usize) -> Result<Self, rubato::ResamplerConstructionError> {
        let filter = if input_rate == SAMPLE_RATE {
            None
        } else {
            let fft = Fft::new(
                input_rate as usize,
                SAMPLE_RATE as usize,
                CHUNK_FRAMES,
                channels,
                FixedSync::Input,
            )?;
            Some(Filter {
                to_cut: fft.output_delay(),
                fft,
                pending: vec![Vec::new(); channels],
                taken_frames: 0,
                given_frames: 0,
                input_rate,
            })
        };
        Ok(Self { filter })
    }

    /// Converts the next piece. All planes have the same length.
    pub fn push(&mut self, planes: Planes) -> Result<Planes, rubato::ResampleError> {
        match &mut self.filter {
            None => Ok(planes),
            Some(filter) => filter.push(&planes),
        }
    }

    /// What is still inside the filter when the input has ended.
    pub fn finish(&mut self) -> Result<Planes, rubato::ResampleError> {
        match &mut self.filter {
            None => Ok(Vec::new()),
            Some(filter) => filter.finish(),
        }
    }
}

impl Filter {
    fn push(&mut self, planes: &[Vec<f32>]) -> Result<Planes, rubato::ResampleError> {
        self.taken_frames += planes.first().map_or(0, Vec::len) as u64;
        for (pending, plane) in self.pending.iter_mut().zip(planes) {
            pending.extend_from_slice(plane);
        }
        let mut output = vec![Vec::new(); planes.len()];
        while self.pending[0].len() >= self.fft.input_frames_next() {
            self.step(&mut output)?;
        }
        Ok(output)
    }

    fn finish(&mut self) -> Result<Planes, rubato::ResampleError> {
        let owed = (self.taken_frames * u64::from(SAMPLE_RATE)).div_ceil(u64::from(self.input_rate));
        let mut output = vec![Vec::new(); self.pending.len()];
        while self.given_frames < owed {
            self.step(&mut output)?;
        }
        let surplus = usize::try_from(self.given_frames - owed).unwrap_or(usize::MAX);
        for plane in &mut output {
            plane.truncate(plane.len().saturating_sub(surplus));
        }
        Ok(output)
    }

    /// One step of the filter; input that is missing counts as silence.
    fn step(&mut self, output: &mut [Vec<f32>]) -> Result<(), rubato::ResampleError> {
        let wanted = self.fft.input_frames_next();
        let there = self.pending[0].len().min(wanted);
        let channels = self.pending.len();
        let input = SequentialSliceOfVecs::new(&self.pending[..], channels, there)
            .expect("every plane holds the frames that were counted");
        let indexing = Indexing::new().partial_len(there);
        let made = self.fft.process(&input, Some(&indexing))?.take_data();
        for pending in &mut self.pending {
            pending.drain(..there);
        }
        let frames = made.len() / channels;
        let cut = self.to_cut.min(frames);
        self.to_cut -= cut;
        self.given_frames += (frames - cut) as u64;
        for frame in made.chunks_exact(channels).skip(cut) {
            for (plane, sample) in output.iter_mut().zip(frame) {
                plane.push(*sample);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short smooth bump around each given moment: its middle is easy to find again.
    fn bumps(rate: u32, seconds: f64, at: &[f64]) -> Vec<f32> {
        let frames = (f64::from(rate) * seconds) as usize;
        (0..frames)
            .map(|n| {
                let time = n as f64 / f64::from(rate);
                at.iter().map(|middle| (-((time - middle) / 0.0005).powi(2)).exp()).sum::<f64>() as f32
            })
            .collect()
    }

    fn convert(rate: u32, input: &[f32], piece: usize) -> Vec<f32> {
        let mut converter = Converter::new(rate, 2).expect("a usual rate");
        let mut output = Vec::new();
        let silent = vec![0.0; piece];
        for part in input.chunks(piece) {
            let made = converter.push(vec![silent[..part.len()].to_vec(), part.to_vec()]).expect("converts");
            assert!(made[0].iter().all(|sample| sample.abs() < 1e-6), "channels stay apart");
            output.extend_from_slice(&made[1]);
        }
        output.extend(converter.finish().expect("ends").into_iter().skip(1).flatten());
        output
    }

    fn middle_near(output: &[f32], seconds: f64) -> f64 {
        let around = (seconds * 16_000.0) as usize;
        let window = around.saturating_sub(80)..(around + 80).min(output.len());
        let weight: f64 = window.clone().map(|n| f64::from(output[n].max(0.0))).sum();
        window.map(|n| n as f64 * f64::from(output[n].max(0.0))).sum::<f64>() / weight / 16_000.0
    }

    #[test]
    fn nothing_moves_in_time() {
        let moments = [0.02, 0.5, 1.9, 3.098];
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            for piece in [1, 576, 4_801] {
                let input = bumps(rate, 3.1235, &moments);
                let output = convert(rate, &input, piece);
                let expected = (input.len() as u64 * 16_000).div_ceil(u64::from(rate));
                assert_eq!(output.len() as u64, expected, "length at {rate} Hz in pieces of {piece}");
                for moment in moments {
                    let error = (middle_near(&output, moment) - moment).abs();
                    assert!(error < 0.000_1, "{rate} Hz, pieces of {piece}: {moment} s is off by {error} s");
                }
            }
        }
    }

    #[test]
    fn a_piece_shorter_than_a_step_comes_out_whole() {
        assert_eq!(convert(8_000, &bumps(8_000, 0.01, &[0.005]), 7).len(), 160);
    }
}
