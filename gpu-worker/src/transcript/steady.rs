//! Whether a sound is as steady as noise is and speech is not.

use crate::audio::SAMPLES_PER_MS;

/// One look at the sound.
#[expect(clippy::cast_possible_truncation, reason = "a sample rate in kHz fits everywhere")]
const FRAME_SAMPLES: usize = 20 * SAMPLES_PER_MS as usize;

/// Fewer looks tell nothing: a vowel may be as steady as noise for a fifth of a second.
const FEWEST_FRAMES: usize = 10;

/// Between the loudest and the quietest tenth of a sentence of the demo calls lie at least 10 dB, and
/// 8.4 with noise that is 10 dB below the speech. White noise has 1 dB, noise with much bass 4 to 6.
const STEADY_DB: f32 = 6.5;

/// Whether the loudness hardly changes.
pub fn is_steady(sound: &[f32]) -> bool {
    let mut decibel: Vec<f32> = sound
        .chunks_exact(FRAME_SAMPLES)
        .map(|frame| frame.iter().map(|sample| sample * sample).sum::<f32>())
        .map(|energy| 10.0 * energy.max(1e-9).log10())
        .collect();
    decibel.sort_by(f32::total_cmp);
    let tenth = decibel.len() / 10;
    decibel.len() >= FEWEST_FRAMES && decibel[decibel.len() - 1 - tenth] - decibel[tenth] < STEADY_DB
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of sound whose loudness has the given decibels, each for a tenth of it.
    fn sound(decibel: [f32; 10]) -> Vec<f32> {
        let tone = |n: u16| (f32::from(n) * 0.7).sin();
        let loudness = |n: u16| 10_f32.powf((decibel[usize::from(n / 1_600)] - 20.0) / 20.0);
        (0..16_000).map(|n| loudness(n) * tone(n)).collect()
    }

    #[test]
    fn noise_is_steady_and_speech_is_not() {
        assert!(is_steady(&sound([0.0; 10])));
        assert!(is_steady(&sound([0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 0.0, 1.0, 2.0, 3.0])));
        assert!(!is_steady(&sound([-20.0, -3.0, 0.0, 0.0, -30.0, -2.0, -1.0, -8.0, -4.0, -30.0])));
    }

    #[test]
    fn a_click_does_not_make_noise_a_sentence() {
        assert!(is_steady(
            &sound([0.0; 10])
                .into_iter()
                .enumerate()
                .map(|(n, x)| if n == 900 { 9.0 } else { x })
                .collect::<Vec<_>>()
        ));
    }

    #[test]
    fn what_is_too_short_is_not_judged() {
        assert!(!is_steady(&sound([0.0; 10])[..3_000]));
        assert!(!is_steady(&[]));
    }
}
