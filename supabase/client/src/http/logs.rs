//! What the lanes write into `core.sys_logs`.

use serde::Serialize;
use serde_json::{Value, json};

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::CallId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Info,
    Warn,
    Error,
}

/// One line of the database's own log, kept for 30 days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogEvent {
    pub level: LogLevel,
    /// The lane that speaks: ingest, vault, worker, judge.
    pub lane: String,
    /// What happened, as a stable name: `download_failed`.
    pub event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// An object with whatever else helps; nothing personal.
    pub data: Value,
}

impl Api {
    /// Writes log lines. A lost answer may leave them twice, which a log can bear.
    pub async fn write_log(&self, events: &[LogEvent]) -> Result<(), Error> {
        self.call("write_log", json!({ "events": events }), Repeat::ForLane).await
    }
}
