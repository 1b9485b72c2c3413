//! Search over all transcripts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::{CallId, CallStatus, CallSummary};
use crate::choice::Choice;
use crate::flag::Severity;
use crate::transcript::Speaker;

/// The calls among which `api.search_transcripts` looks; absent means all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchFilter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<CallStatus>>,
    /// The gravest flag's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Key of a rule that is flagged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// The earliest start, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_time: Option<DateTime<Utc>>,
    /// The latest start, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_time: Option<DateTime<Utc>>,
}

/// Where the next page of a search begins. Opaque: it is handed back as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchCursor {
    /// Exactly as the database wrote it.
    pub start_time_utc: String,
    pub call_id: CallId,
    pub chunk_no: i32,
}

/// What `api.search_transcripts` returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchPage {
    /// Newest first.
    pub calls: Vec<FoundCall>,
    /// Where the next page begins; absent on the last one.
    pub after: Option<SearchCursor>,
    /// The search gave up before the page was full, because it had looked at too much.
    pub cut: bool,
    /// Why nothing was looked for.
    pub problem: Option<SearchProblem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchProblem {
    Empty,
    /// More than 1,000 characters or 30 words and phrases.
    TooLong,
    OnlyExclusions,
    /// Words like "the" and "you" stand everywhere and are not looked for.
    OnlyCommonWords,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundCall {
    pub call: CallSummary,
    /// The first few places.
    pub hits: Vec<SearchHit>,
    /// In how many stretches of five minutes something was found.
    pub stretches: u32,
}

/// The shortest range of words that answers the search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    pub start_ms: u32,
    pub end_ms: u32,
    /// Who says its first word.
    pub speaker: Speaker,
    /// The words found first, as they were spoken.
    pub matched: String,
    /// The words around.
    pub lines: Vec<SpokenLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpokenLine {
    pub speaker: Speaker,
    /// Text, and whether it is what was looked for.
    pub parts: Vec<(String, bool)>,
}

/// What a search can be narrowed to: what `api.search_choices` returns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchChoices {
    pub verticals: Vec<Choice>,
    pub rules: Vec<Choice>,
    /// Names in the newest calls.
    pub campaigns: Vec<String>,
    pub publishers: Vec<String>,
    pub buyers: Vec<String>,
}
