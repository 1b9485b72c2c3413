//! What Prometheus is told of the database.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallCount;
use crate::criterion::{AlertLevel, Criterion};
use crate::model_use::ModelDay;
use crate::report::{LaneReport, PausedLane};

/// The answer of `api.metrics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    #[serde(deserialize_with = "crate::moment::read")]
    pub measured_at: DateTime<Utc>,
    pub criteria: Vec<Criterion>,
    /// In the order of the work.
    pub lanes: Vec<LaneReport>,
    pub paused_lanes: Vec<PausedLane>,
    /// Every state, also those that no call is in.
    pub calls: Vec<CallCount>,
    /// Every kind with a limit, also those of which none is open.
    pub alerts: Vec<OpenAlerts>,
    pub model: ModelDay,
    /// Recordings and review copies in Storage.
    pub stored_bytes: i64,
    pub database_bytes: i64,
    /// Heard of in the last three minutes, or holding a call.
    pub workers_alive: i64,
    pub servers_alive: i64,
}

/// How many alerts of a kind and level are open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlerts {
    pub kind: String,
    pub level: AlertLevel,
    pub open: i64,
}
