//! A transcript as the phrase rules read it: the words of each speaker in the order of speaking.

use std::collections::HashMap;
use std::ops::Range;

use supabase_client::flag::Proof;
use supabase_client::transcript::{Segment, Speaker, Transcript};

use super::flags::Hit;
use super::phrases::tokens::Token;
use super::phrases::vocabulary::{Vocabulary, WordId};

/// A phrase may run on from one segment of a speaker into the next, if no longer silence lies between.
const LONGEST_SILENCE_INSIDE_PHRASE_MS: u32 = 2_000;

/// A transcript, indexed by word position.
pub struct Speech<'t> {
    /// Every word with its segment; the index is the word's position in the transcript.
    pub words: Vec<PlacedWord<'t>>,
    pub stretches: Vec<Stretch>,
    pub vocabulary: Vocabulary,
}

/// A word and the segment that it stands in.
#[derive(Clone, Copy)]
pub struct PlacedWord<'t> {
    pub text: &'t str,
    pub start_ms: u32,
    pub end_ms: u32,
    /// Position of the segment in the transcript.
    pub segment: usize,
    pub voice: Voice,
    pub probability: f32,
    /// The recogniser doubts the whole segment.
    pub in_doubt: bool,
}

/// Who speaks on which channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    pub speaker: Speaker,
    pub channel: u8,
}

/// Segments of one speaker with no long silence in between; phrases match inside one stretch.
pub struct Stretch {
    pub voice: Voice,
    pub tokens: Vec<Token>,
    end_ms: u32,
}

impl<'t> Speech<'t> {
    pub fn new(transcript: &'t Transcript) -> Self {
        let mut speech = Self { words: Vec::new(), stretches: Vec::new(), vocabulary: Vocabulary::default() };
        let mut taken_in = HashMap::new();
        for (at, segment) in transcript.segments.iter().enumerate() {
            speech.add(at, segment, &mut taken_in);
        }
        speech
    }

    /// Adds a segment; `taken_in` has what the written words so far are made of.
    fn add(&mut self, at: usize, segment: &'t Segment, taken_in: &mut HashMap<&'t str, Vec<WordId>>) {
        let voice = Voice { speaker: segment.speaker, channel: segment.channel };
        let first_word = self.words.len();
        // An engine's word times can stick out of the segment a little; the page shows segments.
        let inside = |time_ms: u32| time_ms.max(segment.start_ms).min(segment.end_ms.max(segment.start_ms));
        self.words.extend(segment.words.iter().map(|word| PlacedWord {
            text: &word.text,
            start_ms: inside(word.start_ms),
            end_ms: inside(word.end_ms),
            segment: at,
            voice,
            probability: word.probability,
            in_doubt: !segment.doubts.is_empty(),
        }));

        let continued = self.stretches.iter().rposition(|stretch| stretch.voice == voice).filter(|&last| {
            segment.start_ms.saturating_sub(self.stretches[last].end_ms) <= LONGEST_SILENCE_INSIDE_PHRASE_MS
        });
        let stretch = continued.unwrap_or_else(|| {
            self.stretches.push(Stretch { voice, tokens: Vec::new(), end_ms: segment.end_ms });
            self.stretches.len() - 1
        });
        let stretch = &mut self.stretches[stretch];
        stretch.end_ms = stretch.end_ms.max(segment.end_ms);
        for (position, word) in self.words.iter().enumerate().skip(first_word) {
            let ids = taken_in.entry(word.text).or_insert_with(|| self.vocabulary.take_in(word.text));
            stretch.tokens.extend(ids.iter().map(|&id| Token { id, word: position }));
        }
    }
}

impl Stretch {
    /// The place of a range of tokens, which is not empty.
    pub fn hit(&self, speech: &Speech<'_>, tokens: &Range<usize>, proof: Proof) -> Hit {
        let (first_word, last_word) = (self.tokens[tokens.start].word, self.tokens[tokens.end - 1].word);
        Hit {
            speaker: self.voice.speaker,
            first_word,
            last_word,
            start_ms: speech.words[first_word].start_ms,
            end_ms: speech.words[last_word].end_ms,
            proof,
        }
    }
}
