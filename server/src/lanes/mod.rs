//! The server's lanes. They share nothing but the database: each can run in a process of its own.
//!
//! - [`ingest`] reads call records from Ringba, and [`reconcile`] compares the books, by the clock;
//! - [`watchdog`] has the limits checked and tells people, by the clock too;
//! - [`vault`] and [`judge`] are kinds of [`claims::Work`], done for one call at a time under a lease.
//!
//! A lane never gives up because Supabase or Ringba is away: it waits longer and tries again. Only
//! what no waiting can mend (a refused Ringba token) ends it.

pub mod audit;
pub mod claims;
pub mod clock;
mod http_answer;
pub mod ingest;
pub mod judge;
pub mod reconcile;
pub mod retention;
pub mod vault;
pub mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use supabase_client::http::{Api, Error};
use supabase_client::lane::PausableLane;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use clock::Clock;

/// How often a paused lane looks whether it may go on.
const RESUMED_WITHIN: Duration = Duration::from_secs(5);

/// What every lane is given.
#[derive(Clone)]
pub struct Context {
    /// Speaks as the service.
    pub api: Api,
    pub clock: Arc<dyn Clock>,
    /// Name of this process in leases and logs.
    pub worker: String,
    /// Asks the lanes to stop; they give back what they hold and end.
    pub stop: CancellationToken,
}

impl Context {
    /// Waits, but no longer than until the lanes are asked to stop.
    pub async fn pause(&self, pause: Duration) {
        self.stop.run_until_cancelled(self.clock.sleep(pause)).await;
    }

    /// Whether somebody has paused a lane.
    pub async fn is_paused(&self, lane: PausableLane) -> Result<bool, Error> {
        Ok(self.api.paused_lanes().await?.iter().any(|paused| paused.lane == lane))
    }

    /// What lanes that claim no calls ask before each pass: waits while somebody has the lane paused, or Supabase
    /// cannot say whether. False when the lanes are asked to stop.
    pub async fn may_begin(&self, lane: PausableLane) -> bool {
        let mut patience = Patience::new();
        while !self.stop.is_cancelled() {
            let asking = self.stop.run_until_cancelled(self.is_paused(lane));
            match asking.await {
                None => break,
                Some(Ok(false)) => return true,
                Some(Ok(true)) => {
                    patience = Patience::new();
                    self.pause(RESUMED_WITHIN).await;
                }
                Some(Err(failure)) => {
                    warn!(error = %failure, "Supabase does not say whether the lane is paused");
                    self.pause(patience.next_pause()).await;
                }
            }
        }
        false
    }
}

/// The pauses after failures in a row: twice as long each time, jittered, never ending.
pub struct Patience {
    pauses: ExponentialBackoff,
}

impl Patience {
    const FIRST_PAUSE: Duration = Duration::from_secs(1);
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);

    pub fn new() -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Self::FIRST_PAUSE)
            .with_max_delay(Self::LONGEST_PAUSE)
            .without_max_times()
            .with_jitter();
        Self { pauses: pauses.build() }
    }

    pub fn next_pause(&mut self) -> Duration {
        self.pauses.next().unwrap_or(Self::LONGEST_PAUSE)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::new()
    }
}
