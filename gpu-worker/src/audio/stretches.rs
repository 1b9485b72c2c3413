//! Where a track is cut for the engine.

use std::ops::Range;

use super::peaks::STEP_MS;

/// The longest stretch. The engine's memory and the time between two signs of progress grow with
/// it; the share of half-filled 30 s windows shrinks.
const LONGEST_MS: u32 = 5 * 60_000;

/// A cut is looked for in the last part of a stretch.
const SEARCH_MS: u32 = 60_000;

/// Half the width of the moment that has to be quiet around a cut.
const QUIET_MS: u32 = 150;

/// Cuts a track into stretches at its quietest moments, and leaves out those in which nothing at
/// all is heard (nothing above -48 dB of full scale).
///
/// `loudness` has one value per 10 ms; the stretches are in milliseconds.
pub fn cut(loudness: &[u8]) -> Vec<Range<u32>> {
    let steps = |ms: u32| (ms / STEP_MS) as usize;
    let mut stretches = Vec::new();
    let mut start = 0;
    while start < loudness.len() {
        let end = if loudness.len() - start <= steps(LONGEST_MS) {
            loudness.len()
        } else {
            let latest = start + steps(LONGEST_MS);
            quietest(loudness, latest - steps(SEARCH_MS)..latest, steps(QUIET_MS))
        };
        if loudness[start..end].iter().any(|step| *step > 0) {
            stretches.push(milliseconds(start)..milliseconds(end));
        }
        start = end;
    }
    stretches
}

/// The middle of the longest run of equally quiet moments.
fn quietest(loudness: &[u8], within: Range<usize>, reach: usize) -> usize {
    let around = |step: usize| -> u32 {
        let to = (step + reach).min(loudness.len());
        loudness[step.saturating_sub(reach)..to].iter().map(|value| u32::from(*value)).sum()
    };
    let mut best = (u32::MAX, 0, within.end);
    let mut run_start = within.start;
    let mut run_noise = u32::MAX;
    for step in within {
        let noise = around(step);
        if noise != run_noise {
            (run_start, run_noise) = (step, noise);
        }
        let length = step + 1 - run_start;
        if (noise, usize::MAX - length) < (best.0, usize::MAX - best.1) {
            best = (noise, length, run_start + length / 2);
        }
    }
    best.2
}

fn milliseconds(step: usize) -> u32 {
    u32::try_from(step).unwrap_or(u32::MAX / STEP_MS) * STEP_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_track_is_one_stretch() {
        assert_eq!(cut(&[9; 2_000]), [0..20_000]);
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn cuts_fall_into_the_middle_of_the_longest_pause() {
        let mut loudness = vec![90; 70_000];
        loudness[25_000..25_020].fill(0);
        loudness[26_000..26_200].fill(0);
        loudness[1_000..9_000].fill(0);
        loudness[54_000..54_100].fill(3);
        let stretches = cut(&loudness);
        let cuts: Vec<u32> = stretches.iter().map(|stretch| stretch.end).collect();
        assert_eq!(stretches[0].start, 0);
        assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!((260_900..=261_100).contains(&cuts[0]), "{cuts:?}");
        assert!((540_300..=540_700).contains(&cuts[1]), "{cuts:?}");
        assert_eq!(*cuts.last().expect("stretches"), 700_000);
        assert!(stretches.iter().all(|stretch| stretch.end - stretch.start <= LONGEST_MS));
    }

    #[test]
    fn silence_is_left_out() {
        let mut loudness = vec![0; 100_000];
        assert_eq!(cut(&loudness), []);
        loudness[99_000] = 40;
        let stretches = cut(&loudness);
        assert_eq!(stretches.len(), 1);
        assert!(stretches[0].contains(&990_000));
    }

    #[test]
    fn noise_without_any_pause_is_cut_all_the_same() {
        let stretches = cut(&vec![200; 90_000]);
        assert_eq!(stretches.first().map(|stretch| stretch.start), Some(0));
        assert_eq!(stretches.last().map(|stretch| stretch.end), Some(900_000));
        assert!(stretches.iter().all(|stretch| stretch.end - stretch.start <= LONGEST_MS));
    }
}
