//! The promises as they are measured, and alerts.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::criterion::{Alert, AlertLevel, Criterion};

impl Api {
    /// The measured promises as they stand.
    pub async fn criteria(&self) -> Result<Vec<Criterion>, Error> {
        self.call("criteria", json!({}), Repeat::ForPerson).await
    }

    /// What is wrong at present, newest first, 200 at most.
    pub async fn open_alerts(&self) -> Result<Vec<Alert>, Error> {
        self.call("open_alert_list", json!({}), Repeat::ForPerson).await
    }

    /// Reports that something is wrong. One alert per kind and subject is open at a time: saying it again
    /// brings the message up to date.
    pub async fn raise_alert(
        &self,
        kind: &str,
        subject: &str,
        level: AlertLevel,
        message: &str,
    ) -> Result<(), Error> {
        let arguments = json!({ "kind": kind, "subject": subject, "level": level, "message": message });
        self.call("raise_alert", arguments, Repeat::ForLane).await
    }

    /// Reports that it is right again.
    pub async fn clear_alert(&self, kind: &str, subject: &str) -> Result<(), Error> {
        self.call("clear_alert", json!({ "kind": kind, "subject": subject }), Repeat::ForLane).await
    }
}
