//! What the lanes write into `core.sys_logs`.
//!
//! Lanes log with `tracing` alone. [`log_lines`] gives the layer that picks out what is worth keeping and the queue
//! behind it; [`LogLines::write_to`] empties the queue into the database.

mod layer;
mod start;
pub mod traces;
mod writer;

use std::time::Instant;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::CallId;

pub use layer::LogLayer;
pub use start::{LogFormat, LogOutput, LogSettings};
pub use writer::{LogLines, LogWriter, log_lines};

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
    /// When it happened. Travels as an age: machines need not agree on the time.
    #[serde(rename = "ago_ms", serialize_with = "age_in_ms")]
    pub at: Instant,
    /// An object with whatever else helps; nothing personal.
    pub data: Value,
}

fn age_in_ms<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX))
}

impl Api {
    /// Writes log lines. Repeated by who keeps them meanwhile: a lost answer may leave them twice, which a log
    /// can bear.
    pub async fn write_log(&self, events: &[LogEvent]) -> Result<(), Error> {
        self.call("write_log", json!({ "events": events }), Repeat::Never).await
    }
}
