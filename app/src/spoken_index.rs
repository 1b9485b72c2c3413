//! Which word is being spoken at a moment.

use supabase_client::transcript::Transcript;

/// A word's place: the line (segment) and the position within it, both counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub word: usize,
}

/// All words ordered by the moment they begin, over both channels.
#[derive(Debug, Clone, Default)]
pub struct SpokenIndex {
    starts: Vec<(u32, Place)>,
}

/// A player reports where it stands a hair before the word it was sent to.
const TOLERANCE_MS: u32 = 5;

impl SpokenIndex {
    #[must_use]
    pub fn new(transcript: &Transcript) -> Self {
        let mut starts: Vec<(u32, Place)> = transcript
            .segments
            .iter()
            .enumerate()
            .flat_map(|(line, segment)| {
                let words = segment.words.iter().enumerate();
                words.map(move |(word, spoken)| (spoken.start_ms, Place { line, word }))
            })
            .collect();
        starts.sort_by_key(|(start_ms, place)| (*start_ms, place.line, place.word));
        Self { starts }
    }

    /// The word that began last at this moment; it stays until the next one begins.
    #[must_use]
    pub fn at(&self, position_ms: u32) -> Option<Place> {
        let begun = self.starts.partition_point(|(start_ms, _)| *start_ms <= position_ms + TOLERANCE_MS);
        begun.checked_sub(1).map(|last| self.starts[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_client::transcript::{Segment, Speaker, Word};

    fn segment(channel: u8, starts: &[u32]) -> Segment {
        let word = |start_ms: &u32| Word {
            text: "word".into(),
            start_ms: *start_ms,
            end_ms: start_ms + 100,
            probability: 1.0,
        };
        Segment {
            channel,
            speaker: if channel == 0 { Speaker::Agent } else { Speaker::Caller },
            start_ms: starts[0],
            end_ms: starts[starts.len() - 1] + 100,
            words: starts.iter().map(word).collect(),
            doubts: Vec::new(),
        }
    }

    #[test]
    fn the_word_that_began_last_is_the_spoken_one() {
        let transcript = Transcript {
            model: String::new(),
            language: "en".into(),
            duration_ms: 10_000,
            segments: vec![segment(0, &[1000, 1500, 4000]), segment(1, &[2000, 2500])],
            peaks: Vec::new(),
            unheard: Vec::new(),
        };
        let index = SpokenIndex::new(&transcript);
        assert_eq!(index.at(900), None);
        assert_eq!(index.at(996), Some(Place { line: 0, word: 0 }));
        assert_eq!(index.at(1700), Some(Place { line: 0, word: 1 }));
        assert_eq!(index.at(2600), Some(Place { line: 1, word: 1 }));
        assert_eq!(index.at(9000), Some(Place { line: 0, word: 2 }));
    }
}
