//! Flags: proven violations with their place in the transcript.

use serde::{Deserialize, Serialize};

use crate::transcript::Speaker;

/// How grave a violation is; the order is the order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Minor,
    Major,
    Critical,
}

/// One element of `core.calls.flags`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// `rule_key:first_word-last_word`, or `rule_key:missing`: stable when a call is judged again.
    pub id: String,
    pub rule_key: String,
    pub rule_title: String,
    pub severity: Severity,
    pub speaker: Speaker,
    /// The transcript's own words; empty when something that had to be said is missing.
    pub quote: String,
    pub start_ms: u32,
    pub end_ms: u32,
    /// Inclusive positions among all words of the transcript, counted from 0 in segment order; absent
    /// when something that had to be said is missing.
    pub words: Option<(u32, u32)>,
    /// How surely these words are what the judge meant.
    #[serde(default)]
    pub proof: Proof,
    /// The recogniser was unsure of the words that prove it: listen before you act on it.
    #[serde(default)]
    pub doubtful: bool,
}

/// How a quote was found in the transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Word for word; so is every hit of a phrase.
    #[default]
    Exact,
    /// The same words up to case, punctuation, contractions and fillers.
    Approximate,
}
