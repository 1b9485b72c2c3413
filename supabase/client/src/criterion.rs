//! The promises as they are measured, and what is wrong at present.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One measured promise: a row of `api.criteria()`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its number in the design: 1 to 5.
    pub criterion: i32,
    pub title: String,
    /// The account it was measured for; empty where it is one for all.
    pub subject: String,
    /// What was measured, in words and units.
    pub measured: String,
    /// What it is held against.
    pub target: String,
    pub holds: bool,
    /// What stands beside it, by name; in the same order wherever it is read.
    pub details: BTreeMap<String, serde_json::Value>,
    /// What was measured as a number; none where nothing could be measured.
    pub measured_value: Option<f64>,
    pub target_value: f64,
    /// Of both numbers.
    pub unit: Unit,
    /// Since when it holds, or does not, to a minute.
    #[serde(deserialize_with = "crate::moment::read")]
    pub since: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Seconds,
    Recordings,
    Calls,
    Hours,
}

/// Something that is wrong: a row of `api.open_alerts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub alert_id: i64,
    /// A short lasting name, for example `recording_gone`.
    pub kind: String,
    /// With what: an account, a call, an hour; empty where there is only one.
    pub subject: String,
    pub level: AlertLevel,
    /// A sentence for people.
    pub message: String,
    #[serde(deserialize_with = "crate::moment::read")]
    pub raised_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    Info,
    Warning,
    Critical,
}

impl AlertLevel {
    /// The name the database knows the level by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
