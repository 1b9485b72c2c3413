//! The audit of storage: what to look at, and what was found.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::audit::{AuditFinding, KeptRecording};
use crate::call::CallId;

impl Api {
    /// A page of all kept recordings, in order of call, after one; `CallId(0)` begins.
    pub async fn recordings_after(&self, after: CallId, max: u32) -> Result<Vec<KeptRecording>, Error> {
        let arguments = json!({ "after_call_id": after, "max": max });
        self.call("recordings_to_audit", arguments, Repeat::ForLane).await
    }

    /// The kept recordings that were not looked at for longest, before a moment or never.
    pub async fn recordings_unchecked_since(
        &self,
        checked_before: DateTime<Utc>,
        max: u32,
    ) -> Result<Vec<KeptRecording>, Error> {
        let arguments = json!({ "checked_before": checked_before, "max": max });
        self.call("recordings_to_audit", arguments, Repeat::ForLane).await
    }

    /// Keeps what an audit found; answers with how many recordings are missing in all.
    pub async fn record_audit(&self, findings: &[AuditFinding]) -> Result<u64, Error> {
        self.call("record_audit", json!({ "findings": findings }), Repeat::ForLane).await
    }
}
