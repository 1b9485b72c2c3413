//! Transcripts: what the worker stores and the page shows.

use serde::{Deserialize, Serialize};

/// A whole call's transcript: the argument of `api.complete_transcription`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// File name of the model that heard the call.
    pub model: String,
    /// ISO 639-1 code.
    pub language: String,
    /// Length of the recording.
    pub duration_ms: u32,
    /// Ordered by start; overlapping speech of two channels is kept.
    pub segments: Vec<Segment>,
    /// Waveform peaks, one row per channel; empty when none were made.
    #[serde(default)]
    pub peaks: Vec<Vec<u8>>,
    /// Where somebody may have spoken and no word came of it: voices that the engine made nothing of, and
    /// stretches that are destroyed in the file. What was not said there cannot be known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheard: Vec<Unheard>,
}

/// A stretch of one channel of which nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unheard {
    pub channel: u8,
    pub start_ms: u32,
    pub end_ms: u32,
}

/// A stretch of speech of one speaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub channel: u8,
    pub speaker: Speaker,
    pub start_ms: u32,
    pub end_ms: u32,
    pub words: Vec<Word>,
    /// Why the segment should be read with care; empty when nothing is uncertain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

impl Segment {
    /// The words joined by spaces, as a person reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
        words.join(" ")
    }
}

/// Who speaks. Mono recordings have one unknown speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Agent,
    Caller,
    Unknown,
}

/// A reason for uncertainty that the engine reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    LowProbability,
    NoSpeech,
    Repetition,
}

/// One word, stored as `[text, start_ms, end_ms, probability]` to keep hour-long calls small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "(String, u32, u32, f32)", into = "(String, u32, u32, f32)")]
pub struct Word {
    pub text: String,
    pub start_ms: u32,
    pub end_ms: u32,
    /// 0 to 1, as the engine gave it.
    pub probability: f32,
}

impl From<(String, u32, u32, f32)> for Word {
    fn from((text, start_ms, end_ms, probability): (String, u32, u32, f32)) -> Self {
        Self { text, start_ms, end_ms, probability }
    }
}

impl From<Word> for (String, u32, u32, f32) {
    fn from(word: Word) -> Self {
        (word.text, word.start_ms, word.end_ms, word.probability)
    }
}
