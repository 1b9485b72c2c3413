//! Signs of life, from a task of their own: nothing that a call does can hold them up.

use std::sync::Arc;
use std::time::Duration;

use supabase_client::http::Api;
use tokio::time::MissedTickBehavior;
use tracing::warn;

use super::held::HeldCalls;
use crate::engine::stop::Reason;

/// A call is taken back 90 s after its last beat at the earliest, so three may get lost.
const INTERVAL: Duration = Duration::from_secs(20);

/// Beats for all held calls, for ever; calls off those whose lease is lost.
pub async fn run(api: Api, held: Arc<HeldCalls>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let beats = held.beats();
        if beats.is_empty() {
            continue;
        }
        match api.heartbeat(&beats).await {
            Ok(answers) => {
                for answer in answers.into_iter().filter(|answer| !answer.held) {
                    held.stop(answer.lease_token, Reason::LeaseLost);
                }
            }
            Err(error) => warn!(%error, calls = beats.len(), "a heartbeat got lost"),
        }
    }
}
