//! What of a track is sent to the engine.
//!
//! Only stretches in which somebody speaks are sent: text that an engine makes up over silence or hold
//! music never arises, and the engine's time goes into speech. Each stretch fits into one of the
//! engine's windows of 30 seconds and holds the sound as it is. Stretches that were put together from
//! pieces with the silence cut out were tried: sentences that follow each other more closely than people
//! speak are heard badly.

use std::ops::Range;

use super::peaks::STEP_MS;
use super::voice::FRAME_MS;

/// Score, 0 to 255, from which on a frame counts as speech. Low: speech that is left out is lost, sound
/// that is no speech only costs time.
pub const SPEECH_FROM: u8 = 77;

/// Fewer frames of speech than this are a click.
const FEWEST_FRAMES: usize = 4;

/// Sound that is kept before and behind speech: engines expect some, and soft beginnings score low.
const MARGIN_MS: u32 = 1_000;

/// Pauses that are longer by this than the margins on both sides end a stretch.
const SHORTEST_CUT_MS: u32 = 3_000;

/// The longest stretch: a window of the engine, less what its timestamps may be off.
const LONGEST_MS: u32 = 28_000;

/// Speech without a pause is cut somewhere in the last part of a stretch.
const SEARCH_MS: u32 = 10_000;

/// Half the width of the moment that has to be quiet around such a cut.
const QUIET_MS: u32 = 150;

/// The stretches of a track, in milliseconds, in order and without overlap.
///
/// `voice` has one score per 16 ms, `loudness` one value per 10 ms.
pub fn cut(voice: &[u8], loudness: &[u8], duration_ms: u32) -> Vec<Range<u32>> {
    let spoken = spoken(voice, duration_ms).into_iter();
    spoken.flat_map(|part| shortened(part, loudness)).collect()
}

/// Where somebody speaks, with some sound around it.
fn spoken(voice: &[u8], duration_ms: u32) -> Vec<Range<u32>> {
    let mut parts: Vec<(Range<u32>, usize)> = Vec::new();
    for (frame, _) in voice.iter().enumerate().filter(|(_, score)| **score >= SPEECH_FROM) {
        let at = u32::try_from(frame).unwrap_or(u32::MAX / FRAME_MS) * FRAME_MS;
        let (from, to) = (at.saturating_sub(MARGIN_MS), (at + FRAME_MS + MARGIN_MS).min(duration_ms));
        match parts.last_mut() {
            Some((part, frames)) if from < part.end + SHORTEST_CUT_MS => {
                part.end = to;
                *frames += 1;
            }
            _ => parts.push((from..to, 1)),
        }
    }
    let long_enough = |(part, frames): (Range<u32>, usize)| (frames >= FEWEST_FRAMES).then_some(part);
    parts.into_iter().filter_map(long_enough).filter(|part| part.start < part.end).collect()
}

/// A part in stretches that are not too long, cut at its quietest moments.
fn shortened(part: Range<u32>, loudness: &[u8]) -> Vec<Range<u32>> {
    let mut stretches = Vec::new();
    let mut rest = part;
    while rest.end - rest.start > LONGEST_MS {
        let latest = rest.start + LONGEST_MS;
        let at = quietest(loudness, latest - SEARCH_MS..latest);
        stretches.push(rest.start..at);
        rest.start = at;
    }
    stretches.push(rest);
    stretches
}

/// The middle of the longest run of equally quiet moments.
fn quietest(loudness: &[u8], within: Range<u32>) -> u32 {
    let step = |ms: u32| ((ms / STEP_MS) as usize).min(loudness.len());
    let reach = (QUIET_MS / STEP_MS) as usize;
    let around = |at: usize| -> u32 {
        let to = (at + reach).min(loudness.len());
        loudness[at.saturating_sub(reach)..to].iter().map(|value| u32::from(*value)).sum()
    };
    let mut best = (u32::MAX, 0, step(within.end));
    let (mut run_start, mut run_noise) = (step(within.start), u32::MAX);
    for at in step(within.start)..step(within.end) {
        let noise = around(at);
        if noise != run_noise {
            (run_start, run_noise) = (at, noise);
        }
        let run = at + 1 - run_start;
        if (noise, usize::MAX - run) < (best.0, usize::MAX - best.1) {
            best = (noise, run, run_start + run / 2);
        }
    }
    (u32::try_from(best.2).unwrap_or(u32::MAX / STEP_MS) * STEP_MS).clamp(within.start, within.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stretches of a track in which somebody speaks in the given milliseconds.
    fn stretches(duration_ms: u32, spoken: &[Range<u32>]) -> Vec<Range<u32>> {
        let is_spoken = |at: u32| spoken.iter().any(|part| part.contains(&at));
        let voice: Vec<u8> = (0..duration_ms.div_ceil(FRAME_MS))
            .map(|frame| if is_spoken(frame * FRAME_MS) { 250 } else { 3 })
            .collect();
        cut(&voice, &vec![9; duration_ms as usize / 10], duration_ms)
    }

    #[test]
    fn only_speech_is_kept_with_a_margin() {
        assert_eq!(stretches(60_000, &[16_000..20_000]), [15_000..21_000]);
        assert_eq!(stretches(60_000, &[]), []);
        assert_eq!(stretches(60_000, &[0..4_000, 59_200..60_000]), [0..5_000, 58_200..60_000]);
    }

    #[test]
    fn pauses_of_a_conversation_stay_whole() {
        assert_eq!(stretches(60_000, &[8_000..9_600, 14_592..16_000]), [7_000..17_000]);
        assert_eq!(stretches(60_000, &[8_000..9_600, 14_608..16_000]), [7_000..10_600, 13_608..17_000]);
    }

    #[test]
    fn a_click_is_no_speech() {
        assert_eq!(stretches(60_000, &[8_000..8_048]), []);
        assert_eq!(stretches(60_000, &[8_000..8_064]), [7_000..9_064]);
    }

    #[test]
    fn speech_without_a_pause_is_cut_in_the_middle_of_its_quietest_moment() {
        let mut loudness = vec![90; 7_000];
        loudness[2_500..2_520].fill(0);
        loudness[2_600..2_680].fill(0);
        loudness[100..900].fill(0);
        loudness[5_000..5_100].fill(3);
        let stretches = cut(&vec![250; 70_000 / 16], &loudness, 70_000);
        let cuts: Vec<u32> = stretches.iter().map(|stretch| stretch.end).collect();
        assert!((26_300..=26_500).contains(&cuts[0]), "{cuts:?}");
        assert!((50_400..=50_600).contains(&cuts[1]), "{cuts:?}");
        assert_eq!(*cuts.last().expect("stretches"), 70_000);
        assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
    }

    #[test]
    fn speech_that_never_gets_quieter_is_cut_all_the_same() {
        let stretches = stretches(900_000, &[0..900_000]);
        assert_eq!(stretches.iter().map(|stretch| stretch.end - stretch.start).sum::<u32>(), 900_000);
        assert!(stretches.iter().all(|stretch| (1..=LONGEST_MS).contains(&(stretch.end - stretch.start))));
    }
}
