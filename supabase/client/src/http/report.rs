//! What the dashboard and Prometheus are told.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::metrics::Metrics;
use crate::report::{DashboardReport, LaneReport, PausedLane};

impl Api {
    /// How the lanes stand, in the order of the work.
    pub async fn lane_report(&self) -> Result<Vec<LaneReport>, Error> {
        self.call("lane_report", json!({}), Repeat::ForPerson).await
    }

    /// The lanes that are paused, in the order of the work.
    pub async fn paused_lanes(&self) -> Result<Vec<PausedLane>, Error> {
        self.call("paused_lanes", json!({}), Repeat::ForPerson).await
    }

    /// The last `days` UTC days, today included; 1 to 90.
    pub async fn dashboard_report(&self, days: u32) -> Result<DashboardReport, Error> {
        self.call("dashboard_report", json!({ "days": days }), Repeat::ForPerson).await
    }

    /// Everything that `/metrics` tells, in one request.
    pub async fn metrics(&self) -> Result<Metrics, Error> {
        self.call("metrics", json!({}), Repeat::ForPerson).await
    }
}
