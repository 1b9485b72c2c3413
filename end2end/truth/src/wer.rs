//! Word error rate: substitutions, deletions and insertions, divided by the words really said.
//!
//! Text is normalised as `gpu-worker/model/score.py` does: lower case, letters, digits and
//! apostrophes only.

use std::iter::Sum;
use std::ops::Add;

use supabase_client::transcript::Transcript;

use crate::call::CallTruth;

/// Counts that can be added up over channels and calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WordErrors {
    /// Least number of words to change, drop or add.
    pub errors: usize,
    /// Words of the truth.
    pub words: usize,
}

impl WordErrors {
    /// Errors by word, 0 when nothing was said and nothing heard; above 1 when much was invented.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "word counts are far below 2^52")]
    pub fn rate(self) -> f64 {
        if self.errors == 0 { 0.0 } else { self.errors as f64 / self.words as f64 }
    }
}

impl Add for WordErrors {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { errors: self.errors + other.errors, words: self.words + other.words }
    }
}

impl Sum for WordErrors {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

/// The word errors of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallErrors {
    /// Channel 0.
    pub agent: WordErrors,
    /// Channel 1.
    pub caller: WordErrors,
}

impl CallErrors {
    #[must_use]
    pub fn whole(self) -> WordErrors {
        self.agent + self.caller
    }
}

/// Compares a transcript with what was said, each channel on its own.
#[must_use]
pub fn word_errors(truth: &CallTruth, transcript: &Transcript) -> CallErrors {
    let of_channel = |channel: u8| {
        let said = truth.segments.iter().filter(|segment| segment.channel == channel);
        let heard = transcript.segments.iter().filter(|segment| segment.channel == channel);
        text_errors(
            &said.map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" "),
            &heard.map(supabase_client::transcript::Segment::text).collect::<Vec<_>>().join(" "),
        )
    };
    CallErrors { agent: of_channel(0), caller: of_channel(1) }
}

/// Compares two texts.
#[must_use]
pub fn text_errors(said: &str, heard: &str) -> WordErrors {
    let (said, heard) = (normalised_words(said), normalised_words(heard));
    WordErrors { errors: edit_distance(&said, &heard), words: said.len() }
}

pub(crate) fn normalised_words(text: &str) -> Vec<String> {
    let kept = |letter: char| if letter.is_alphanumeric() || letter == '\'' { letter } else { ' ' };
    text.to_lowercase().chars().map(kept).collect::<String>().split_whitespace().map(str::to_owned).collect()
}

fn edit_distance(said: &[String], heard: &[String]) -> usize {
    // Row of the Levenshtein table for the words said so far: entry j is the distance to heard[..j].
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, said_word) in said.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, heard_word) in heard.iter().enumerate() {
            let substitution = diagonal + usize::from(said_word != heard_word);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[heard.len()]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::call::load_folder;

    fn errors(said: &str, heard: &str) -> (usize, usize) {
        let counts = text_errors(said, heard);
        (counts.errors, counts.words)
    }

    #[test]
    fn case_and_punctuation_do_not_count() {
        assert_eq!(errors("Hello, this is John.", "hello this is john"), (0, 4));
        assert_eq!(errors("I don't know.", "I dont know"), (1, 3));
    }

    #[test]
    fn changed_dropped_and_added_words_count_once_each() {
        assert_eq!(errors("one two three four", "one too three four"), (1, 4));
        assert_eq!(errors("one two three four", "one three four"), (1, 4));
        assert_eq!(errors("one two three four", "one two two three four"), (1, 4));
        assert_eq!(errors("one two three", ""), (3, 3));
        assert_eq!(errors("", "one two"), (2, 0));
        assert_eq!(errors("a b c d", "d c b a"), (4, 4));
    }

    #[test]
    fn silence_taken_for_speech_is_an_infinite_rate_and_true_silence_none() {
        assert!(text_errors("", "thank you").rate().is_infinite());
        assert!(text_errors("", "").rate().abs() < f64::EPSILON);
    }

    #[test]
    fn a_true_transcript_has_no_error_and_a_swapped_channel_has_many() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls");
        for call in load_folder(&folder).unwrap() {
            let mut transcript = call.truth.transcript();
            let counts = word_errors(&call.truth, &transcript);
            assert_eq!(counts.whole().errors, 0);
            assert_eq!(
                counts.whole().words,
                call.truth.segments.iter().map(|segment| segment.words.len()).sum::<usize>()
            );
            for segment in &mut transcript.segments {
                segment.channel = 1 - segment.channel;
            }
            assert!(word_errors(&call.truth, &transcript).whole().rate() > 0.5);
        }
    }
}
