//! Finding words in a transcript.

use crate::transcript_words::{TranscriptWords, comparable};

/// One place where the query stands: the words `first..=last`, counted from 0 among all words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub first: u32,
    pub last: u32,
}

impl TranscriptWords {
    /// All places of the query, in reading order. Upper and lower case are the same, and so are runs of spaces.
    /// Whole words are marked, so two matches inside one word are one hit; no hit goes over the end of a line.
    #[must_use]
    pub fn find(&self, query: &str) -> Vec<Hit> {
        let query: String = query.split_whitespace().collect::<Vec<_>>().join(" ");
        let query = comparable(&query);
        let mut hits: Vec<Hit> = Vec::new();
        if query.is_empty() {
            return hits;
        }
        // Matches come in rising order, so their words are found by walking along: a letter has ten thousand.
        let mut words = (0_u32..).zip(&self.comparable_starts).peekable();
        let mut word = 0;
        let mut word_at_byte = |byte: usize| {
            while let Some((begun, _)) = words.next_if(|(_, start)| **start as usize <= byte) {
                word = begun;
            }
            word
        };
        for (start, matched) in self.comparable.match_indices(&query) {
            let first = word_at_byte(start);
            if hits.last().is_some_and(|hit| hit.last >= first) {
                continue;
            }
            hits.push(Hit { first, last: word_at_byte(start + matched.len() - 1) });
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript_payload::TranscriptPayload;
    use crate::transcript_payload::tests::transcript;
    use supabase_client::transcript::Speaker;

    fn searchable(lines: &[&str]) -> TranscriptWords {
        let lines: Vec<_> = lines.iter().map(|line| (Speaker::Agent, *line, &[0; 9][..])).collect();
        let payload = TranscriptPayload::pack(&transcript(&lines), false);
        TranscriptWords::new(&payload, payload.text().unwrap())
    }

    #[test]
    fn a_phrase_is_found_across_words_in_any_case() {
        let words = searchable(&["I guarantee you will save money.", "You WILL pay nothing."]);
        assert_eq!(words.find(" you   will "), [Hit { first: 2, last: 3 }, Hit { first: 6, last: 7 }]);
        assert_eq!(words.find("ney"), [Hit { first: 5, last: 5 }]);
    }

    #[test]
    fn two_matches_in_one_word_are_one_hit_and_lines_are_apart() {
        assert_eq!(searchable(&["banana an apple"]).find("an").len(), 2);
        assert!(searchable(&["save", "money"]).find("save money").is_empty());
    }

    #[test]
    fn nothing_and_the_absent_have_no_hits() {
        let words = searchable(&["It's free"]);
        assert!(words.find("  ").is_empty());
        assert!(words.find("costs").is_empty());
        assert_eq!(words.find("it’s").len(), 1);
    }
}
