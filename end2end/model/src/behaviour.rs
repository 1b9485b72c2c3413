//! What the simulator does when nothing goes wrong.

use serde::{Deserialize, Serialize};

/// How an honest answer comes about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    pub readings: Vec<Reading>,
    /// Every answer takes this long.
    pub latency_ms: u64,
    /// Instead of a rough count of words.
    pub usage: Option<Usage>,
    /// Which model is said to have answered; without it the one that was asked, with a date.
    pub returned_model: Option<String>,
}

/// A phrase that belongs to a rule: each line that holds it becomes a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Key of the rule.
    pub rule: String,
    /// Part of a line; case does not matter.
    pub phrase: String,
    /// As the transcript names speakers; absent means anybody.
    #[serde(default)]
    pub speaker: Option<String>,
}

impl Reading {
    #[must_use]
    pub fn new(rule: &str, phrase: &str) -> Self {
        Self { rule: rule.to_owned(), phrase: phrase.to_owned(), speaker: None }
    }

    /// Only lines of this speaker.
    #[must_use]
    pub fn by(self, speaker: &str) -> Self {
        Self { speaker: Some(speaker.to_owned()), ..self }
    }
}

/// Tokens, as the endpoint counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
}
