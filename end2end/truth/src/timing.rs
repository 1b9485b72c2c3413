//! How far the times of segments and of words are off.

use supabase_client::transcript::Transcript;

use crate::call::{CallTruth, milliseconds};
use crate::wer::normalised_words;

/// For each true segment that the transcript overlaps on the same channel: how far the start of the
/// segment that overlaps it most is off. A true segment that nothing overlaps has no error here; it
/// shows in the word error rate.
#[must_use]
pub fn segment_start_errors_ms(truth: &CallTruth, transcript: &Transcript) -> Vec<u32> {
    let mut errors = Vec::new();
    for said in &truth.segments {
        let (start_ms, end_ms) = (milliseconds(said.start_s), milliseconds(said.end_s));
        let best = transcript
            .segments
            .iter()
            .filter(|heard| heard.channel == said.channel)
            .map(|heard| (heard.end_ms.min(end_ms).saturating_sub(heard.start_ms.max(start_ms)), heard))
            .filter(|(overlap_ms, _)| *overlap_ms > 0)
            .max_by_key(|(overlap_ms, _)| *overlap_ms);
        if let Some((_, heard)) = best {
            errors.push(heard.start_ms.abs_diff(start_ms));
        }
    }
    errors
}

/// How far the start and the end of one word are off.
///
/// The true end of a word inside a sentence is the start of the next one, also across a pause: the
/// synthesiser tells no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordTimeError {
    pub start_ms: u32,
    pub end_ms: u32,
}

/// The errors of all words that were heard as they were said, each channel on its own. Which heard
/// word is which true one follows from the text alone; words that were heard otherwise, not at all,
/// or that nobody said have no error here.
#[must_use]
pub fn word_time_errors(truth: &CallTruth, transcript: &Transcript) -> Vec<WordTimeError> {
    let of_channel = |channel: u8| {
        let said: Vec<TimedWord> = truth
            .segments
            .iter()
            .filter(|segment| segment.channel == channel)
            .flat_map(|segment| &segment.words)
            .map(|word| TimedWord::new(&word.text, milliseconds(word.start_s), milliseconds(word.end_s)))
            .collect();
        let heard: Vec<TimedWord> = transcript
            .segments
            .iter()
            .filter(|segment| segment.channel == channel)
            .flat_map(|segment| &segment.words)
            .map(|word| TimedWord::new(&word.text, word.start_ms, word.end_ms))
            .collect();
        equal_words(&said, &heard)
    };
    [of_channel(0), of_channel(1)].concat()
}

struct TimedWord {
    text: String,
    start_ms: u32,
    end_ms: u32,
}

impl TimedWord {
    fn new(text: &str, start_ms: u32, end_ms: u32) -> Self {
        Self { text: normalised_words(text).concat(), start_ms, end_ms }
    }
}

/// Compares the words that a cheapest way from one text to the other (see [`crate::wer`]) leaves as
/// they are.
fn equal_words(said: &[TimedWord], heard: &[TimedWord]) -> Vec<WordTimeError> {
    // Entry [i][j] is the distance between said[i..] and heard[j..].
    let mut distance = vec![vec![0; heard.len() + 1]; said.len() + 1];
    for i in (0..=said.len()).rev() {
        for j in (0..=heard.len()).rev() {
            distance[i][j] = match (said.get(i), heard.get(j)) {
                (Some(one), Some(other)) => {
                    let change = distance[i + 1][j + 1] + usize::from(one.text != other.text);
                    change.min(distance[i + 1][j] + 1).min(distance[i][j + 1] + 1)
                }
                _ => said.len() - i + heard.len() - j,
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut errors = Vec::new();
    while let (Some(one), Some(other)) = (said.get(i), heard.get(j)) {
        if one.text == other.text && distance[i][j] == distance[i + 1][j + 1] {
            errors.push(WordTimeError {
                start_ms: one.start_ms.abs_diff(other.start_ms),
                end_ms: one.end_ms.abs_diff(other.end_ms),
            });
            (i, j) = (i + 1, j + 1);
        } else if distance[i][j] == distance[i + 1][j + 1] + 1 {
            (i, j) = (i + 1, j + 1);
        } else if distance[i][j] == distance[i + 1][j] + 1 {
            i += 1;
        } else {
            j += 1;
        }
    }
    errors
}

/// The smallest of the values that at least `percent` in a hundred do not exceed (nearest rank);
/// none of no values.
#[must_use]
pub fn percentile(values: &[u32], percent: usize) -> Option<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Word;

    use super::*;
    use crate::call::load_folder;

    fn demo_call() -> CallTruth {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls");
        load_folder(&folder).unwrap().remove(0).truth
    }

    #[test]
    fn a_late_segment_is_late_and_a_lost_one_is_left_out() {
        let truth = demo_call();
        let mut transcript = truth.transcript();
        transcript.segments[0].start_ms += 70;
        let lost = transcript.segments.remove(1);
        let errors = segment_start_errors_ms(&truth, &transcript);
        assert_eq!(errors.len(), truth.segments.len() - 1, "without {lost:?}");
        assert_eq!(errors[0], 70);
        assert!(errors[1..].iter().all(|error| *error == 0));
    }

    #[test]
    fn words_that_were_heard_are_compared_whatever_was_misheard_around_them() {
        let truth = demo_call();
        let mut transcript = truth.transcript();
        let spoken: usize = truth.segments.iter().map(|segment| segment.words.len()).sum();
        assert_eq!(word_time_errors(&truth, &transcript).len(), spoken);

        let words = &mut transcript.segments[0].words; // Good morning, this is Sarah ...
        words[0].text = "Goodness".to_owned();
        words[2].start_ms += 90;
        words[3].end_ms -= 40;
        words.remove(1);
        words.insert(1, Word { text: "well".to_owned(), ..words[0].clone() });
        words.insert(4, words[0].clone());
        let errors = word_time_errors(&truth, &transcript);
        assert_eq!(errors.len(), spoken - 2);
        assert_eq!(errors[0], WordTimeError { start_ms: 90, end_ms: 0 });
        assert_eq!(errors[1], WordTimeError { start_ms: 0, end_ms: 40 });
        assert!(errors[2..].iter().all(|error| *error == WordTimeError { start_ms: 0, end_ms: 0 }));
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let values: Vec<u32> = (1..=20).rev().collect();
        assert_eq!(percentile(&values, 50), Some(10));
        assert_eq!(percentile(&values, 95), Some(19));
        assert_eq!(percentile(&values, 100), Some(20));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[], 95), None);
    }
}
