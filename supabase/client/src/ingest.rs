//! What the ingest lane hands to the database.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One call record as Ringba told it: an element of `api.ingest_calls(account, records)`.
///
/// Amounts travel as the decimal text that Ringba sent. A record without id or start time is sent
/// all the same: the database sets it aside, with its text, in `core.sys_logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    pub ringba_call_id: Option<String>,
    pub start_time_utc: Option<DateTime<Utc>>,
    pub connected_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub call_length_seconds: Option<i32>,
    pub connected_length_seconds: Option<i32>,
    pub campaign_id: Option<String>,
    pub campaign_name: Option<String>,
    pub publisher_id: Option<String>,
    pub publisher_name: Option<String>,
    pub target_id: Option<String>,
    pub target_name: Option<String>,
    pub buyer_name: Option<String>,
    pub caller_number: Option<String>,
    pub dialled_number: Option<String>,
    pub revenue: Option<String>,
    pub payout: Option<String>,
    pub cost: Option<String>,
    pub is_live: Option<bool>,
    pub has_recording: Option<bool>,
    pub audio_url: Option<String>,
    /// The beginning of what came instead of a record; the database sets it aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable_text: Option<String>,
}

/// What became of one page of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestReport {
    pub inserted: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub set_aside: i64,
}

/// A stretch of call starts that this server holds and is to fetch: one row of
/// `api.begin_live_window` and `api.claim_window`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeasedWindow {
    pub window_id: i64,
    /// Every later word about this window carries the token; a stale one is refused.
    pub lease_token: Uuid,
    /// First call start.
    pub window_start: DateTime<Utc>,
    /// First call start that is no longer meant.
    pub window_end: DateTime<Utc>,
    pub purpose: WindowPurpose,
}

/// Why a window is fetched, as constraint `window_purpose_valid` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowPurpose {
    /// The last minutes.
    Live,
    /// Left by a downtime.
    Gap,
    /// Payouts change and records come late.
    Reread,
    /// By hand.
    Asked,
    /// An hour in which the books differ.
    Books,
}

/// Why paging ended, as constraint `stop_reason_valid` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    ShortPage,
    PartialResult,
    /// As many records came as Ringba had announced.
    AllFetched,
    /// More pages than any window has.
    PageLimit,
    /// A page could not be had.
    Error,
}

/// What one try at a window brought: the argument of `api.complete_window`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowReport {
    /// Different calls that came.
    pub fetched: u64,
    /// Ringba's own count for the window, the highest that it told.
    pub total: u64,
    pub partial: bool,
    pub stop_reason: StopReason,
    /// How long Ringba wants to be left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

/// Where a try leaves its window, as constraint `window_state_valid` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// To be fetched (again).
    Open,
    /// Everything came.
    Whole,
    /// Cut in two windows.
    Halved,
    /// Other windows read the same stretch.
    Replaced,
    /// Given up, and told.
    Incomplete,
}

/// How far a range that was lined up is: the answer of `api.windows_left`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowsLeft {
    /// Still to be fetched, now or later.
    pub open: u64,
    /// Given up.
    pub incomplete: u64,
}

/// A call that is live, or over without a link: one row of `api.calls_awaiting_link`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedCall {
    pub ringba_call_id: String,
    pub start_time_utc: DateTime<Utc>,
}
