//! What the watchdog does: has the limits checked, and takes messages out of the outbox.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::alert_message::{AlertChannel, AlertMessage};

impl Api {
    /// Says that a server's watchdog lives, and has every limit checked.
    pub async fn watch(&self, worker: &str) -> Result<(), Error> {
        self.call("watch", json!({ "worker": worker }), Repeat::ForLane).await
    }

    /// Takes the next message of a channel; `None` when there is none, another server sends one, or the
    /// channel rests.
    ///
    /// Never repeated: a message whose answer got lost on the way is handed out again by itself.
    pub async fn claim_alert_message(&self, channel: AlertChannel) -> Result<Option<AlertMessage>, Error> {
        self.call("claim_alert_message", json!({ "channel": channel }), Repeat::Never).await
    }

    /// The channel took the message. False when the lease is lost, or this was told before.
    pub async fn alert_message_sent(&self, lease_token: Uuid) -> Result<bool, Error> {
        self.call("alert_message_sent", json!({ "lease_token": lease_token }), Repeat::ForLane).await
    }

    /// The message did not go through; it is sent again after a rest that the channel may ask for.
    /// `permanent`: it never will, and is given up.
    pub async fn alert_message_failed(
        &self,
        lease_token: Uuid,
        error: &str,
        permanent: bool,
        retry_after: Option<Duration>,
    ) -> Result<bool, Error> {
        let arguments = json!({
            "lease_token": lease_token, "error": error, "permanent": permanent,
            "retry_after_seconds": retry_after.map(|rest| rest.as_secs()),
        });
        self.call("alert_message_failed", arguments, Repeat::ForLane).await
    }
}
