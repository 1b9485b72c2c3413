//! Orders to judge many calls again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallId;

/// Which calls are to be judged again: one, or those of a vertical, of a range of call starts, or of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsToRejudge {
    /// `common` for calls whose campaign is not mapped; absent for all.
    pub vertical: Option<String>,
    /// First start.
    pub from_time: Option<DateTime<Utc>>,
    /// End of the starts, itself left out.
    pub to_time: Option<DateTime<Utc>>,
    /// This call alone; then everything else is absent.
    pub call_id: Option<CallId>,
}

/// An order as it stands: what `api.order_rejudging` returns, a row of `core.rejudge_orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejudgeOrder {
    pub order_id: i64,
    #[serde(flatten)]
    pub calls: CallsToRejudge,
    pub reason: Option<String>,
    /// E-mail of the admin; absent for an order of the server or of Studio.
    pub requested_by: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Calls that were sent back to the judge so far.
    pub calls_done: i64,
    pub finished_at: Option<DateTime<Utc>>,
}
