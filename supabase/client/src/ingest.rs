//! What the ingest lane hands to the database.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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
}

/// What became of one page of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestReport {
    pub inserted: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub set_aside: i64,
}

/// One fetched window of call starts: the arguments of `api.record_window`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowReport {
    pub account: String,
    pub window_start: DateTime<Utc>,
    pub window_end: DateTime<Utc>,
    pub fetched: i64,
    /// Ringba's own count for the window.
    pub total: i64,
    pub partial: bool,
    /// Why paging stopped: `short_page`, `partial_result`, `all_fetched` or `error`.
    pub stop_reason: String,
}
