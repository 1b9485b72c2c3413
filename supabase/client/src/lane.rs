//! The one queue mechanism that vault, worker and judge share.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::CallId;

/// The lanes that claim calls: the keys of `core.lanes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    Vault,
    Worker,
    Judge,
}

impl Lane {
    /// The name the database knows the lane by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Worker => "worker",
            Self::Judge => "judge",
        }
    }
}

/// The lanes that can be paused: those that claim calls, and those that read Ringba by the clock. The watchdog
/// is the alarm and cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausableLane {
    Ingest,
    Vault,
    Worker,
    Judge,
    Reconcile,
}

impl PausableLane {
    /// In the order of the work.
    pub const ALL: [Self; 5] = [Self::Ingest, Self::Vault, Self::Worker, Self::Judge, Self::Reconcile];

    /// The name the database knows the lane by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Vault => "vault",
            Self::Worker => "worker",
            Self::Judge => "judge",
            Self::Reconcile => "reconcile",
        }
    }

    /// The lane as one that claims calls; absent for those that hold none.
    #[must_use]
    pub const fn of_calls(self) -> Option<Lane> {
        match self {
            Self::Vault => Some(Lane::Vault),
            Self::Worker => Some(Lane::Worker),
            Self::Judge => Some(Lane::Judge),
            Self::Ingest | Self::Reconcile => None,
        }
    }
}

/// A call under a lease: one row of `api.claim`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimedCall {
    pub call_id: CallId,
    /// Every later word about this piece of work carries the token; a stale one is refused.
    pub lease_token: Uuid,
    pub lease_expires_at: DateTime<Utc>,
    pub account: String,
    pub ringba_call_id: String,
    pub start_time_utc: DateTime<Utc>,
    pub call_length_seconds: Option<i32>,
    pub vertical: Option<String>,
    /// Failures of this stage so far.
    pub attempts: i32,
    /// The recording's link at Ringba; only the vault lane receives it.
    pub audio_url: Option<String>,
    /// The recording in the bucket `recordings`; absent for the vault lane.
    pub storage_path: Option<String>,
    /// Which channel of a two-channel recording is the agent's, by the account's row in
    /// `core.ingest_accounts`: 0 left, 1 right. Absent for other lanes, where nothing is set, and from
    /// a database that does not know it yet.
    #[serde(default)]
    pub agent_channel: Option<u8>,
}

/// One sign of life for one lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    pub lease_token: Uuid,
    /// What is done so far: milliseconds of audio for the worker, bytes for the vault. A lease whose
    /// progress stands still is taken back.
    pub progress: i64,
}

/// The answer to one [`Beat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeatAnswer {
    pub lease_token: Uuid,
    /// False: the call belongs to somebody else now; stop working on it.
    pub held: bool,
}
