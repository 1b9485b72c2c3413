//! Calls as the review app reads them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::choice::Choice;
use crate::flag::{Flag, Severity};
use crate::judgement::{GivenJudgement, RuleResult, Verdict};
use crate::lane::Lane;
use crate::retention::LegalHold;
use crate::transcript::Transcript;

/// Primary key of `core.calls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub i64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CallId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The states of a call, as constraint `status_valid` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    Pending,
    Downloading,
    Downloaded,
    Processing,
    Transcribed,
    Judging,
    Flagged,
    Safe,
    Undecided,
    NoRecording,
    Failed,
}

impl CallStatus {
    /// The name the database knows the state by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Downloading => "downloading",
            Self::Downloaded => "downloaded",
            Self::Processing => "processing",
            Self::Transcribed => "transcribed",
            Self::Judging => "judging",
            Self::Flagged => "flagged",
            Self::Safe => "safe",
            Self::Undecided => "undecided",
            Self::NoRecording => "no_recording",
            Self::Failed => "failed",
        }
    }
}

/// What lists and pages tell of a call: a row of `api.calls`.
///
/// Numbers arrive masked; the database does the masking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallSummary {
    pub call_id: CallId,
    pub ringba_call_id: String,
    pub account: String,
    #[serde(deserialize_with = "crate::moment::read")]
    pub start_time_utc: DateTime<Utc>,
    /// When the caller or the agent hung up; absent while the call is live.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub completed_at: Option<DateTime<Utc>>,
    pub call_length_seconds: Option<i32>,
    pub status: CallStatus,
    /// The lane that gave up, if and only if `status` is `failed`.
    pub failed_lane: Option<Lane>,
    /// The newest failure as a sentence a reviewer can read.
    pub last_error: Option<String>,
    /// Absent while no mapping from the campaign exists.
    pub vertical: Option<String>,
    pub campaign_name: Option<String>,
    pub publisher_name: Option<String>,
    pub target_name: Option<String>,
    pub buyer_name: Option<String>,
    /// Last four digits only.
    pub caller_number_masked: Option<String>,
    /// Last four digits only.
    pub dialled_number_masked: Option<String>,
    pub revenue: Option<Decimal>,
    pub payout: Option<Decimal>,
    pub cost: Option<Decimal>,
    pub worst_severity: Option<Severity>,
    pub flags: Vec<Flag>,
    /// What reviewers made of an undecided call: set once every open rule is settled.
    #[serde(default)]
    pub settled_as: Option<Verdict>,
}

/// Everything the call page shows: what `api.call_page` returns, and without the transcript `api.touch_call`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallPage {
    pub call: CallSummary,
    /// Path of the original recording in the bucket `recordings`.
    pub storage_path: Option<String>,
    /// Path of its review copy there; absent while there is none.
    #[serde(default)]
    pub review_path: Option<String>,
    pub audio_content_type: Option<String>,
    /// Set once retention has deleted the recording.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub audio_deleted_at: Option<DateTime<Utc>>,
    /// Set while it is at it.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub audio_deleting_since: Option<DateTime<Utc>>,
    /// Set once retention has deleted the transcript, and with it the quotes in flags.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub transcript_deleted_at: Option<DateTime<Utc>>,
    /// Why nothing of the call may be deleted; absent where it may.
    #[serde(default)]
    pub legal_hold: Option<LegalHold>,
    pub qa_version: Option<String>,
    pub judge_model: Option<String>,
    /// Not where browsers read it: they get it packed, and this would bring them the code to read it.
    #[cfg_attr(target_family = "wasm", serde(skip))]
    pub transcript: Option<Transcript>,
    /// Whether there is one, sent along or not.
    pub has_transcript: bool,
    /// The rules that the shown judgement was given under, by title.
    pub rules: Vec<Choice>,
    /// How each rule of the shown judgement ended.
    pub rule_results: Vec<RuleResult>,
    /// Whether the rules of it that could not be asked will be asked again.
    #[serde(default)]
    pub asked_again: bool,
    /// Every verdict ever given, newest first.
    #[serde(default)]
    pub judgements: Vec<GivenJudgement>,
    /// Newest first.
    pub reviews: Vec<Review>,
    /// Those about the whole call first, then by their moment.
    pub comments: Vec<Comment>,
    /// The e-mail addresses of the others who have the call open.
    pub present: Vec<String>,
    /// Oldest first.
    pub history: Vec<Attempt>,
}

impl CallPage {
    /// Whether there is a recording to play: one was kept, and retention has not begun to delete it.
    #[must_use]
    pub fn has_recording(&self) -> bool {
        self.storage_path.is_some() && self.audio_deleted_at.is_none() && self.audio_deleting_since.is_none()
    }
}

/// What somebody wrote beside a call: a row of `core.comments`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    pub comment_id: i64,
    /// The moment in the recording; absent for the whole call.
    pub at_ms: Option<u32>,
    pub body: String,
    pub author_email: String,
    /// Whether the asker wrote it, and so may take it back.
    pub own: bool,
    #[serde(deserialize_with = "crate::moment::read")]
    pub created_at: DateTime<Utc>,
}

/// A reviewer's word on one flag or one undecided rule: a row of `core.reviews`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    pub review_id: i64,
    /// The flag's id, or `rule_key:undecided` for a rule that was settled.
    pub flag_id: String,
    pub verdict: ReviewVerdict,
    pub reason: Option<String>,
    /// The flag that a reviewer added, exactly where the verdict is [`ReviewVerdict::Added`].
    #[serde(default)]
    pub flag: Option<Flag>,
    pub reviewer_email: String,
    #[serde(deserialize_with = "crate::moment::read")]
    pub created_at: DateTime<Utc>,
}

/// A word on a flag or an undecided rule on its way to the database: the arguments of `api.send_word`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Made up by the sender; the same word keeps its key.
    pub word_key: String,
    pub call_id: CallId,
    /// As [`Review::flag_id`].
    pub subject: String,
    pub verdict: ReviewVerdict,
    pub reason: Option<String>,
    /// The newest review of the subject that the person had seen.
    pub seen: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// The flag is right.
    Confirmed,
    /// The flag is wrong.
    Dismissed,
    /// The undecided rule was broken.
    Violation,
    /// It was kept.
    Pass,
    /// It does not apply to this call.
    NotApplicable,
    /// The judge missed it; the review carries the flag.
    Added,
    /// What was said before about the same flag or rule is taken back.
    Withdrawn,
}

/// One try of one lane at one call: a row of `core.attempts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub lane: Lane,
    pub round: i32,
    pub worker: String,
    #[serde(deserialize_with = "crate::moment::read")]
    pub started_at: DateTime<Utc>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub ended_at: Option<DateTime<Utc>>,
    pub outcome: Option<AttemptOutcome>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    Accepted,
    Failed,
    Released,
    /// The lease ran out and the reaper took the call back.
    Lost,
}

/// How many calls stand in a state: a row of `api.call_counts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    pub status: CallStatus,
    pub calls: i64,
}
