//! Backtests: drafts of rules tried on calls of the past, beside the verdicts that they have.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::CallId;
use crate::flag::Flag;
use crate::judgement::{RuleResult, Verdict};
use crate::ruleset::Ruleset;
use crate::transcript::Transcript;

/// What is asked for: the arguments of `api.order_backtest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestOrder {
    /// Name of the draft in `core.draft_rules`.
    pub draft: String,
    /// `common` for calls whose campaign is not mapped.
    pub vertical: String,
    /// First call start.
    pub from_time: DateTime<Utc>,
    /// Calls that start before it.
    pub to_time: DateTime<Utc>,
    /// The newest of the range, 1 to 20000; 1000 where absent.
    pub most_calls: Option<u32>,
}

/// A backtest under a lease: the answer of `api.claim_backtest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimedBacktest {
    pub backtest_id: i64,
    /// Secret that every answer must carry.
    pub lease_token: Uuid,
    pub draft: String,
    /// The rules with the draft, as they were when the backtest was ordered.
    pub ruleset: Ruleset,
    /// Tried already, perhaps by another server.
    pub calls_done: i64,
    pub calls_total: i64,
}

/// A call to try: an element of `api.backtest_batch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestCall {
    pub call_id: CallId,
    /// `common` where its campaign is not mapped.
    pub vertical: String,
    pub transcript: Transcript,
    pub shown: ShownVerdict,
}

/// The verdict that a call shows, with the rules that it was given under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownVerdict {
    pub verdict: Verdict,
    pub ruleset: Ruleset,
    pub flags: Vec<Flag>,
    pub rule_results: Vec<RuleResult>,
}

/// What the draft made of a call: an element of `api.report_backtest(calls)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestedCall {
    pub call_id: CallId,
    pub verdict: Verdict,
    pub flags: Vec<Flag>,
    /// Keys of the rules that could not be decided.
    pub undecided: Vec<String>,
}

/// How far a backtest is: the answer of `api.backtest_report`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestProgress {
    pub status: BacktestStatus,
    pub calls_done: i64,
    pub calls_total: i64,
    /// Why it failed, in a sentence.
    pub error: Option<String>,
    /// Set once it is over; of one that failed it tells what was tried until then.
    pub report: Option<BacktestReport>,
}

/// The states of a backtest, as constraint `backtest_status_valid` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BacktestStatus {
    Waiting,
    Running,
    Done,
    Failed,
}

/// What a backtest came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    pub calls: i64,
    pub verdicts: VerdictShift,
    /// Those that change most first.
    pub rules: Vec<RuleShift>,
    pub added_total: i64,
    pub removed_total: i64,
    /// Flags that only the draft finds: the first 200.
    pub added: Vec<ChangedFlag>,
    /// Flags that the draft does not find any more: the first 200.
    pub removed: Vec<ChangedFlag>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictShift {
    pub before: VerdictCounts,
    pub after: VerdictCounts,
}

/// How many calls have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictCounts {
    pub flagged: i64,
    pub safe: i64,
    pub undecided: i64,
}

/// What becomes of one rule's flags. Precision is the share of the reviewed flags that people confirmed;
/// recall the share of the confirmed flags that were found. Both are absent where nothing was reviewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleShift {
    pub rule_key: String,
    pub rule_title: String,
    /// Flags that the calls show.
    pub before: i64,
    /// Flags under the draft.
    pub after: i64,
    pub added: i64,
    pub removed: i64,
    pub before_precision: Option<f64>,
    pub before_recall: Option<f64>,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    /// Flags of the rule on these calls that people confirmed, found or not.
    pub confirmed: i64,
    pub dismissed: i64,
}

/// A flag that was added or removed, with where to look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFlag {
    pub call_id: CallId,
    pub flag_id: String,
    pub rule_key: String,
    /// Empty when something that had to be said is missing.
    pub quote: String,
    /// Path of the call page at this flag.
    pub link: String,
}
