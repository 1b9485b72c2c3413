//! Finding words in a transcript.

use supabase_client::transcript::Transcript;

/// One place where the query stands: words `first..=last` of a line, all counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub line: usize,
    pub first: usize,
    pub last: usize,
}

/// The words of a transcript in the form in which they are compared.
#[derive(Debug, Clone, Default)]
pub struct SearchableTranscript {
    lines: Vec<SearchableLine>,
}

#[derive(Debug, Clone)]
struct SearchableLine {
    text: String,
    /// Where each word begins in `text`, in bytes.
    word_starts: Vec<usize>,
}

impl SearchableTranscript {
    #[must_use]
    pub fn new(transcript: &Transcript) -> Self {
        let lines = transcript.segments.iter().map(|segment| {
            let mut text = String::new();
            let mut word_starts = Vec::with_capacity(segment.words.len());
            for word in &segment.words {
                if !text.is_empty() {
                    text.push(' ');
                }
                word_starts.push(text.len());
                text.push_str(&comparable(&word.text));
            }
            SearchableLine { text, word_starts }
        });
        Self { lines: lines.collect() }
    }

    /// All places of the query, in reading order. Upper and lower case are the same, and so are runs of spaces.
    /// Whole words are marked, so two matches inside one word are one hit.
    #[must_use]
    pub fn find(&self, query: &str) -> Vec<Hit> {
        let query = comparable(&query.split_whitespace().collect::<Vec<_>>().join(" "));
        if query.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<Hit> = Vec::new();
        for (line, searchable) in self.lines.iter().enumerate() {
            for (start, matched) in searchable.text.match_indices(&query) {
                let first = searchable.word_at(start);
                let last = searchable.word_at(start + matched.len() - 1);
                let touches_previous = hits.last().is_some_and(|hit| hit.line == line && hit.last >= first);
                if !touches_previous {
                    hits.push(Hit { line, first, last });
                }
            }
        }
        hits
    }
}

impl SearchableLine {
    fn word_at(&self, byte: usize) -> usize {
        self.word_starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }
}

/// Lower case, with typographic apostrophes made plain, as people type.
fn comparable(text: &str) -> String {
    text.to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_client::transcript::{Segment, Speaker, Word};

    fn searchable(lines: &[&str]) -> SearchableTranscript {
        let segment = |line: &&str| Segment {
            channel: 0,
            speaker: Speaker::Agent,
            start_ms: 0,
            end_ms: 1,
            words: line
                .split(' ')
                .map(|text| Word { text: text.into(), start_ms: 0, end_ms: 1, probability: 1.0 })
                .collect(),
            doubts: Vec::new(),
        };
        SearchableTranscript::new(&Transcript {
            model: String::new(),
            language: "en".into(),
            duration_ms: 1,
            segments: lines.iter().map(segment).collect(),
            peaks: Vec::new(),
            unheard: Vec::new(),
        })
    }

    #[test]
    fn a_phrase_is_found_across_words_in_any_case() {
        let transcript = searchable(&["I guarantee you will save money.", "You WILL  pay nothing."]);
        assert_eq!(
            transcript.find(" you  will "),
            [Hit { line: 0, first: 2, last: 3 }, Hit { line: 1, first: 0, last: 1 }]
        );
        assert_eq!(transcript.find("ney"), [Hit { line: 0, first: 5, last: 5 }]);
    }

    #[test]
    fn two_matches_in_one_word_are_one_hit() {
        assert_eq!(searchable(&["banana an apple"]).find("an").len(), 2);
    }

    #[test]
    fn nothing_and_the_absent_have_no_hits() {
        let transcript = searchable(&["It's free"]);
        assert!(transcript.find("  ").is_empty());
        assert!(transcript.find("costs").is_empty());
        assert_eq!(transcript.find("it’s").len(), 1);
    }
}
