//! The worker lane: claim, fetch, decode, hear, store.
//!
//! Calls are fetched and decoded while others are on the engine. Everything a call needs to be kept,
//! watched or called off is in its entry among the [`held`] calls.

mod call;
mod claim;
mod finish;
mod heartbeat;
mod held;
mod review_copy;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{anyhow, bail};
use supabase_client::http::Api;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, info, warn};

use crate::audio::channels::AgentChannel;
use crate::engine::slots::EngineHandle;
use crate::engine::stop::Reason;
use crate::transcript::ModelName;
pub use call::Times;
use held::HeldCalls;

/// How long giving back everything may take once the grace is over. With the usual grace of 20 s the worker
/// ends within 30.
const GIVE_BACK: Duration = Duration::from_secs(8);

/// What the lane works with.
pub struct Lane {
    pub api: Api,
    pub engine: EngineHandle,
    pub model: ModelName,
    /// New at every start.
    pub worker_id: String,
    /// Where the account says nothing else.
    pub agent: AgentChannel,
    pub poll_interval: Duration,
    pub grace: Duration,
}

/// The lane while it runs: shared by the tasks of all calls.
struct Running {
    lane: Lane,
    held: Arc<HeldCalls>,
    /// Calls come to the engine in order, as many at a time as it has slots.
    turns: Arc<Semaphore>,
    /// Cancelled when the lane shall claim no more.
    ending: CancellationToken,
    /// One of the engine's threads has died.
    engine_gone: AtomicBool,
}

/// Runs until `ending`, then finishes or gives back what it holds.
pub async fn run(lane: Lane, ending: CancellationToken) -> anyhow::Result<()> {
    let grace = lane.grace;
    let slots = lane.engine.busy().slots();
    let held = Arc::new(HeldCalls::new(slots));
    let heartbeat = tokio::spawn(heartbeat::run(lane.api.clone(), Arc::clone(&held)).in_current_span());
    let turns = Arc::new(Semaphore::new(slots));
    let engine_gone = AtomicBool::new(false);
    // Counted from the asking: a claim that is on its way may take some seconds of it.
    let asked = ending.clone();
    let grace_is_over = tokio::spawn(async move {
        asked.cancelled().await;
        tokio::time::sleep(grace).await;
    });
    let running = Arc::new(Running { lane, held: Arc::clone(&held), turns, ending, engine_gone });
    let calls = TaskTracker::new();

    let mut outcome = claim::run(Arc::clone(&running), &calls).await;
    calls.close();
    if !calls.is_empty() {
        info!(calls = calls.len(), ?grace, "finishing the calls in hand");
    }
    let are_finished = tokio::select! {
        () = calls.wait() => true,
        _ = grace_is_over => false,
    };
    if !are_finished {
        warn!(calls = calls.len(), "giving back what is not finished");
        held.stop_all(Reason::Ending);
        if timeout(GIVE_BACK, calls.wait()).await.is_err() {
            heartbeat.abort();
            bail!("{} calls could not be given back; their leases will run out.", calls.len());
        }
    }
    heartbeat.abort();
    if running.engine_gone.load(Ordering::Relaxed) {
        outcome = outcome.and(Err(anyhow!("The speech engine is gone.")));
    }
    info!("ended");
    outcome
}
