//! What operators do by hand: choosing calls, acting on them, looking at one, pausing lanes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::{AttemptOutcome, CallId, CallStatus};
use crate::judgement::Verdict;
use crate::lane::{Lane, PausableLane};
use crate::queue::QueueFilter;

/// What `api.act_on_calls` does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A failed call goes back to the lane that gave it up.
    Retry,
    /// A call in work is taken back from whoever holds it.
    Release,
    /// A waiting call, or one in work, is given up with a reason.
    Fail,
}

impl Act {
    /// The name the database knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Release => "release",
            Self::Fail => "fail",
        }
    }
}

/// Which calls: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CallSelection {
    Calls {
        /// Numbers of calls here, or Ringba's ids.
        calls: Vec<String>,
    },
    OfLane(Box<LaneSelection>),
}

/// The calls of a lane that fit everything that is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaneSelection {
    pub lane: Lane,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LaneState>,
    /// What they failed of last: [`crate::admin::FailedGroup::kind`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    pub filter: QueueFilter,
}

impl LaneSelection {
    /// All that an act takes of a lane.
    #[must_use]
    pub fn all_of(lane: Lane) -> Self {
        Self { lane, state: None, kind: None, account: None, filter: QueueFilter::default() }
    }
}

/// How a call stands with its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneState {
    Waiting,
    InWork,
    Failed,
}

/// What became of chosen calls: what `api.act_on_calls` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActedOn {
    pub results: Vec<ActResult>,
    /// How many fitted when it began.
    pub matching: i64,
    /// Where to go on; absent at the end.
    pub next_after: Option<CallId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActResult {
    /// As it was chosen.
    pub name: String,
    /// Absent for a call that there is not.
    pub call_id: Option<CallId>,
    pub ringba_call_id: Option<String>,
    pub was: Option<CallStatus>,
    /// The new state; absent where it was refused.
    pub status: Option<CallStatus>,
    /// Why, as a sentence.
    pub refused: Option<String>,
    /// The constraint that refused, if one did.
    pub constraint: Option<String>,
}

/// Some of the chosen calls: what `api.list_calls` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLines {
    pub calls: Vec<CallLine>,
    /// Ids that no call has.
    pub unknown: Vec<String>,
    pub matching: i64,
    pub next_after: Option<CallId>,
}

/// How a call stands, in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallLine {
    pub call_id: CallId,
    pub ringba_call_id: String,
    pub account: String,
    pub campaign_name: Option<String>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub start_time_utc: DateTime<Utc>,
    pub status: CallStatus,
    #[serde(deserialize_with = "crate::moment::read")]
    pub status_changed_at: DateTime<Utc>,
    /// That it waits for, that works on it, or that gave it up.
    pub lane: Option<Lane>,
    /// Failures of this stage so far.
    pub attempts: i32,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub delayed_until: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    pub last_error_code: Option<String>,
    /// Who works on it.
    pub holder: Option<String>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub leased_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub lease_expires_at: Option<DateTime<Utc>>,
}

/// Everything that an operator needs of one call: what `api.call_record` returns. Each list holds its newest 50.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    #[serde(flatten)]
    pub line: CallLine,
    pub vertical: Option<String>,
    pub call_length_seconds: Option<i32>,
    pub completed_at: Option<DateTime<Utc>>,
    pub ingested_at: DateTime<Utc>,
    pub round: i32,
    pub verdict_before: Option<Verdict>,
    pub lease_user: Option<Uuid>,
    pub lease_progress: Option<i64>,
    pub lease_progressed_at: Option<DateTime<Utc>>,
    pub recording: RecordingRecord,
    pub review_copy: Option<StoredFile>,
    pub tries: Vec<TryRecord>,
    pub judgements: Vec<JudgementRecord>,
    /// Open ones about this call.
    pub alerts: Vec<AlertRecord>,
    pub log: Vec<LogRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingRecord {
    pub has_recording: Option<bool>,
    pub link_seen_at: Option<DateTime<Utc>>,
    pub link_expires_at: Option<DateTime<Utc>>,
    pub link_revivals: i16,
    pub storage_path: Option<String>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
    pub content_type: Option<String>,
    pub checked_at: Option<DateTime<Utc>>,
    pub missing_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    pub storage_path: String,
    pub bytes: i64,
    pub sha256: String,
    pub content_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryRecord {
    pub attempt_id: i64,
    pub lane: Lane,
    pub round: i32,
    pub worker: String,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub outcome: Option<AttemptOutcome>,
    pub error: Option<String>,
    pub error_code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgementRecord {
    pub judgement_id: i64,
    pub round: i32,
    pub verdict: Verdict,
    pub qa_version: String,
    pub judge_model: String,
    pub flags: i64,
    pub judged_at: DateTime<Utc>,
    pub shown: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRecord {
    pub kind: String,
    pub level: String,
    pub message: String,
    pub raised_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRecord {
    pub log_id: i64,
    pub logged_at: DateTime<Utc>,
    pub level: String,
    pub lane: String,
    pub event: String,
    pub worker: Option<String>,
    /// The signed-in user who did it.
    pub user_id: Option<Uuid>,
    pub data: serde_json::Value,
}

/// Whether a lane is paused: what `api.pause_lane` and `api.resume_lane` return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanePause {
    pub lane: PausableLane,
    pub paused: bool,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub paused_since: Option<DateTime<Utc>>,
    pub paused_by: Option<String>,
    /// False: it was so already.
    pub changed: bool,
}
