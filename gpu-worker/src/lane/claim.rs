//! Claiming: one call at a time, and only when a slot will soon need it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use supabase_client::http::{Error, traces};
use supabase_client::lane::Lane as LaneName;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, error, info_span, warn};

use super::{Running, call};

/// Longest pause between two tries while Supabase is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Claims until the lane shall end. Each claimed call becomes a task among `calls`.
///
/// # Errors
/// When the worker may not claim: no later try would change that.
pub async fn run(running: Arc<Running>, calls: &TaskTracker) -> anyhow::Result<()> {
    let poll_interval = running.lane.poll_interval;
    let mut pause = poll_interval;
    while !running.ending.is_cancelled() {
        if !running.held.has_room() {
            tokio::select! {
                () = running.held.changed() => {}
                () = running.ending.cancelled() => {}
            }
            continue;
        }
        // Never dropped halfway: an answer that nobody reads would leave a call under a lease.
        match running.lane.api.claim(LaneName::Worker, &running.lane.worker_id, 1).await {
            Ok(claimed) if claimed.is_empty() => pause = poll_interval,
            Ok(claimed) => {
                for claimed in claimed {
                    let held = running.held.hold(&claimed);
                    // Whatever is logged about the call has its id.
                    let lane = LaneName::Worker.as_str();
                    let span = info_span!(parent: None, "call", lane, call_id = %claimed.call_id);
                    traces::follow_call(&span, claimed.call_id);
                    calls.spawn(call::run(Arc::clone(&running), claimed, held).instrument(span));
                }
                continue;
            }
            Err(Error::Forbidden | Error::WrongPassword) => {
                error!("the signed-in user may not claim calls");
                running.ending.cancel();
                bail!("The user of CALLSCRIPT_WORKER_EMAIL is not a worker, or not any more.");
            }
            Err(error) => {
                warn!(%error, ?pause, "cannot claim");
                pause = (pause * 2).min(LONGEST_PAUSE.max(poll_interval));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = running.ending.cancelled() => {}
        }
    }
    Ok(())
}
