//! The books: which hours to compare with Ringba, and what came of it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::books::{HourTotals, Reconciled};

impl Api {
    /// Starts of the closed hours of the last day, and of older ones that still differ, newest first.
    pub async fn hours_to_reconcile(&self, account: &str, max: u32) -> Result<Vec<DateTime<Utc>>, Error> {
        let arguments = json!({ "account": account, "max": max });
        self.call("hours_to_reconcile", arguments, Repeat::ForLane).await
    }

    /// Compares our books of an hour with Ringba's totals and keeps both. A difference alerts when it is
    /// `settled`: found again after the hour was read again.
    pub async fn record_reconciliation(
        &self,
        account: &str,
        hour_start: DateTime<Utc>,
        ringba: &HourTotals,
        settled: bool,
    ) -> Result<Reconciled, Error> {
        let arguments = json!({
            "account": account, "hour_start": hour_start, "ringba": ringba, "settled": settled,
        });
        self.call("record_reconciliation", arguments, Repeat::ForLane).await
    }
}
