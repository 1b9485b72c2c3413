//! What the dashboard counts.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::report::{DashboardReport, LaneReport};

impl Api {
    /// How the lanes stand, in the order of the work.
    pub async fn lane_report(&self) -> Result<Vec<LaneReport>, Error> {
        self.call("lane_report", json!({}), Repeat::ForPerson).await
    }

    /// The last `days` UTC days, today included; 1 to 90.
    pub async fn dashboard_report(&self, days: u32) -> Result<DashboardReport, Error> {
        self.call("dashboard_report", json!({ "days": days }), Repeat::ForPerson).await
    }
}
