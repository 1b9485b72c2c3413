//! What is told to people about alerts, as the outbox hands it out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::criterion::AlertLevel;

/// Where messages go: the keys of `core.alert_channels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertChannel {
    /// An incoming webhook of Slack.
    Slack,
    /// JSON to any address.
    Webhook,
}

/// What has happened to the alerts of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertEvent {
    Opened,
    /// It is worse than was told.
    Changed,
    Over,
}

/// One message: what happened to alerts of one kind. An answer of `api.claim_alert_message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMessage {
    /// Whoever sends the message answers with it, within two minutes.
    pub lease_token: Uuid,
    /// The same when the message has to be sent again.
    pub message_id: Uuid,
    pub event: AlertEvent,
    /// A short lasting name, for example `calls_stuck`.
    pub kind: String,
    /// The kind in some words.
    pub title: String,
    /// The gravest of the alerts.
    pub level: AlertLevel,
    /// How many alerts it is about.
    pub alerts: i64,
    /// How many calls they are about together; absent where that is not counted.
    pub affected: Option<i64>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub since: DateTime<Utc>,
    /// When the last of them was over; absent while one lasts.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub until: Option<DateTime<Utc>>,
    /// Path and query of the app's page where it shows.
    pub page: String,
    /// What to do.
    pub advice: String,
    /// The newest of the alerts, five at most.
    pub newest: Vec<ToldAlert>,
}

/// One alert of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAlert {
    pub alert_id: i64,
    /// With what: a lane, an account, a call; empty where there is only one.
    pub subject: String,
    pub level: AlertLevel,
    /// A sentence for people.
    pub message: String,
    pub affected: Option<i64>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub since: DateTime<Utc>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub until: Option<DateTime<Utc>>,
}
