//! The queue page: filters, pages, saved views, and who has which call open.

use serde::{Deserialize, Serialize};

use crate::call::{CallId, CallSummary};
use crate::choice::Choice;

/// The tabs of the queue: groups of states as reviewers think of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    #[default]
    All,
    /// Something is left for people to decide.
    ToReview,
    Flagged,
    Undecided,
    Safe,
    /// On its way through the lanes.
    InProgress,
    Failed,
    NoRecording,
}

/// What `api.queue_page` and `api.next_call` filter by. Values go to the database as they are; it refuses bad ones
/// with a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueFilter {
    /// A [`QueueState`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Key of a rule that a flag stands under.
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
    /// E-mail of who said something about the call or has it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// Earliest start of the call, a moment in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The call started before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Where a page of the queue ends and the next one begins: the last call's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueCursor {
    pub urgency: i16,
    pub queue_place: i64,
    pub call_id: CallId,
}

/// What `api.queue_page` returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueuePage {
    /// Most urgent first.
    pub rows: Vec<QueueRow>,
    /// Absent on the last page.
    pub next: Option<QueueCursor>,
    /// One per tab, under the other filters.
    pub counts: Vec<StateCount>,
}

impl QueuePage {
    /// The calls alone, in the same order.
    #[must_use]
    pub fn into_calls(self) -> Vec<CallSummary> {
        self.rows.into_iter().map(|row| row.call).collect()
    }
}

/// A call of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueRow {
    pub call: CallSummary,
    /// Flags and undecided rules that nobody has decided.
    pub to_review: i32,
    pub decided: i32,
    /// E-mails of others who have the call open.
    pub open_by: Vec<String>,
}

/// How many calls stand behind a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCount {
    pub state: QueueState,
    pub calls: i64,
    /// There are more; it was not counted further.
    pub more: bool,
}

/// What the filters offer: what `api.queue_choices` returns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueChoices {
    pub rules: Vec<Choice>,
    pub verticals: Vec<String>,
    pub campaigns: Vec<String>,
    pub publishers: Vec<String>,
    pub buyers: Vec<String>,
    /// E-mails.
    pub reviewers: Vec<String>,
}

/// Filters that a person keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub view_id: i64,
    pub name: String,
    /// The queue page's query string.
    pub query: String,
}

/// What `api.next_call` returns: a call that the asker has open from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextCall {
    pub call_id: CallId,
    /// The first flag that nobody has decided; absent when only rules are left to settle.
    pub flag_id: Option<String>,
    pub start_ms: Option<u32>,
}
