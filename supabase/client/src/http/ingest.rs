//! What the ingest lane tells the database. Everything here is an upsert and may be repeated.

use serde::Deserialize;
use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::ingest::{CallRecord, IngestReport, WindowReport};

/// What the database made of a [`WindowReport`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct WindowAnswer {
    pub window_id: i64,
    /// Nothing of the window is missing.
    pub whole: bool,
}

impl Api {
    /// Writes one page of call records; only rows that differ are touched.
    pub async fn ingest_calls(&self, account: &str, records: &[CallRecord]) -> Result<IngestReport, Error> {
        self.call("ingest_calls", json!({ "account": account, "records": records }), Repeat::ForLane).await
    }

    pub async fn record_window(&self, report: &WindowReport) -> Result<WindowAnswer, Error> {
        self.call("record_window", json!({ "report": report }), Repeat::ForLane).await
    }

    /// Ringba ids of calls of the last 24 hours that are live, or over without a link.
    pub async fn calls_awaiting_link(&self, account: &str, max: u32) -> Result<Vec<String>, Error> {
        self.call("calls_awaiting_link", json!({ "account": account, "max": max }), Repeat::ForLane).await
    }
}
