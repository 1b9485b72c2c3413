//! The calls that this worker holds under a lease.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use supabase_client::call::CallId;
use supabase_client::lane::{Beat, ClaimedCall};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::engine::stop::{Reason, Stop};

/// The next call is claimed when this much sound is left on the engine: enough time to fetch and
/// decode it, and never so much that it would wait for long under a lease without progress.
const CLAIM_AHEAD_MS: i64 = 5 * 60_000;

/// Finished calls whose results may still be on their way to the database.
const MOST_FINISHING: usize = 2;

/// How far a call has come in this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Being fetched and decoded, or waiting for the engine.
    Preparing,
    /// On the engine, with this much sound in all.
    Hearing { total_ms: i64 },
    /// Its result is being stored.
    Finishing,
}

/// One call under a lease. Dropping it ends the heartbeats for it.
pub struct HeldCall {
    pub call_id: CallId,
    pub lease_token: Uuid,
    pub stop: Arc<Stop>,
    /// Milliseconds of sound that are done, over all channels.
    progress_ms: Arc<AtomicI64>,
    calls: Arc<HeldCalls>,
}

/// What the registry knows of a call.
struct Entry {
    stage: Stage,
    stop: Arc<Stop>,
    progress_ms: Arc<AtomicI64>,
}

#[derive(Default)]
pub struct HeldCalls {
    entries: Mutex<HashMap<Uuid, Entry>>,
    changed: Notify,
}

impl HeldCalls {
    /// Takes a freshly claimed call in.
    pub fn hold(self: &Arc<Self>, claimed: &ClaimedCall) -> HeldCall {
        let (stop, progress_ms) = (Arc::new(Stop::default()), Arc::new(AtomicI64::new(0)));
        let entry =
            Entry { stage: Stage::Preparing, stop: Arc::clone(&stop), progress_ms: Arc::clone(&progress_ms) };
        self.lock().insert(claimed.lease_token, entry);
        let (call_id, lease_token) = (claimed.call_id, claimed.lease_token);
        HeldCall { call_id, lease_token, stop, progress_ms, calls: Arc::clone(self) }
    }

    /// Whether the engine will soon need another call.
    pub fn has_room(&self) -> bool {
        let entries = self.lock();
        let finishing = entries.values().filter(|entry| entry.stage == Stage::Finishing).count();
        finishing <= MOST_FINISHING
            && entries.values().all(|entry| match entry.stage {
                Stage::Preparing => false,
                Stage::Hearing { total_ms } => {
                    total_ms - entry.progress_ms.load(Ordering::Relaxed) <= CLAIM_AHEAD_MS
                }
                Stage::Finishing => true,
            })
    }

    /// Waits until some call has moved on since the last time this was asked.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// A sign of life for every call.
    pub fn beats(&self) -> Vec<Beat> {
        let beat = |(token, entry): (&Uuid, &Entry)| Beat {
            lease_token: *token,
            progress: entry.progress_ms.load(Ordering::Relaxed),
        };
        self.lock().iter().map(beat).collect()
    }

    /// Calls off the work on one call.
    pub fn stop(&self, lease_token: Uuid, reason: Reason) {
        if let Some(entry) = self.lock().get(&lease_token) {
            entry.stop.now(reason);
        }
    }

    pub fn stop_all(&self, reason: Reason) {
        for entry in self.lock().values() {
            entry.stop.now(reason);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeldCall {
    pub fn enter(&self, stage: Stage) {
        if let Some(entry) = self.calls.lock().get_mut(&self.lease_token) {
            entry.stage = stage;
        }
        self.calls.changed.notify_one();
    }

    pub fn done(&self, milliseconds: u64) {
        self.progress_ms.store(i64::try_from(milliseconds).unwrap_or(i64::MAX), Ordering::Relaxed);
        self.calls.changed.notify_one();
    }
}

impl Drop for HeldCall {
    fn drop(&mut self) {
        self.calls.lock().remove(&self.lease_token);
        self.calls.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed() -> ClaimedCall {
        ClaimedCall {
            call_id: CallId(7),
            lease_token: Uuid::new_v4(),
            lease_expires_at: chrono::Utc::now(),
            account: "RA1".into(),
            ringba_call_id: "RGB1".into(),
            start_time_utc: chrono::Utc::now(),
            call_length_seconds: None,
            vertical: None,
            attempts: 0,
            audio_url: None,
            storage_path: Some("a/b.mp3".into()),
            agent_channel: None,
        }
    }

    #[test]
    fn the_next_call_is_claimed_when_the_engine_is_nearly_through() {
        let calls = Arc::new(HeldCalls::default());
        assert!(calls.has_room(), "nothing to do");
        let first = calls.hold(&claimed());
        assert!(!calls.has_room(), "one is being prepared");
        first.enter(Stage::Hearing { total_ms: 2 * CLAIM_AHEAD_MS });
        assert!(!calls.has_room(), "a long call has just begun");
        first.done(u64::try_from(CLAIM_AHEAD_MS).expect("positive"));
        assert!(calls.has_room(), "the long call is nearly through");
        let second = calls.hold(&claimed());
        assert!(!calls.has_room(), "one is ready for the engine");
        first.enter(Stage::Finishing);
        assert!(!calls.has_room(), "one is ready for the engine");
        drop(second);
        assert!(calls.has_room(), "only results are on their way");
    }

    #[test]
    fn a_dropped_call_beats_no_more() {
        let calls = Arc::new(HeldCalls::default());
        let (one, other) = (calls.hold(&claimed()), calls.hold(&claimed()));
        one.done(40);
        assert_eq!(calls.beats().len(), 2);
        drop(other);
        assert_eq!(calls.beats(), [Beat { lease_token: one.lease_token, progress: 40 }]);
    }

    #[test]
    fn a_lost_lease_stops_its_call_only() {
        let calls = Arc::new(HeldCalls::default());
        let (one, other) = (calls.hold(&claimed()), calls.hold(&claimed()));
        calls.stop(one.lease_token, Reason::LeaseLost);
        assert_eq!(one.stop.reason(), Some(Reason::LeaseLost));
        assert_eq!(other.stop.reason(), None);
        calls.stop_all(Reason::Ending);
        assert_eq!(one.stop.reason(), Some(Reason::LeaseLost), "the first reason stays");
        assert_eq!(other.stop.reason(), Some(Reason::Ending));
    }
}
