//! The calls that this worker holds under a lease.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use supabase_client::lane::{Beat, ClaimedCall};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::engine::stop::{Reason, Stop};
use crate::monitoring::metrics;

/// The next call is claimed when the slots will be through with what they have within this time: enough
/// to fetch and decode it, and never so much that it would wait for long under a lease.
const CLAIM_AHEAD: Duration = Duration::from_secs(15);

/// What a call is taken for whose length Ringba has not told.
const USUAL_CALL_SECONDS: i32 = 300;

/// How much of what was learned before the latest call still counts.
const EARLIER_SHARE: f64 = 0.7;

/// How far a call has come in this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Being fetched and decoded; will have about this much sound, over all channels.
    Preparing { expected_ms: i64 },
    /// On the engine or waiting for it, with this much sound in all.
    Hearing { total_ms: i64 },
    /// Its result is being stored.
    Finishing,
}

/// One call under a lease. Dropping it ends the heartbeats for it.
pub struct HeldCall {
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

pub struct HeldCalls {
    entries: Mutex<HashMap<Uuid, Entry>>,
    changed: Notify,
    slots: usize,
    speed: Mutex<Speed>,
}

/// How fast a slot is: sound and work of the calls so far, the latest ones counting most. Of both, so
/// that a call in which nobody speaks, which takes no time, says little.
#[derive(Debug, Default, Clone, Copy)]
struct Speed {
    sound_ms: f64,
    took_ms: f64,
}

impl HeldCalls {
    /// For an engine of so many slots.
    pub fn new(slots: usize) -> Self {
        Self { entries: Mutex::default(), changed: Notify::new(), slots, speed: Mutex::default() }
    }

    /// Takes a freshly claimed call in.
    pub fn hold(self: &Arc<Self>, claimed: &ClaimedCall) -> HeldCall {
        let (stop, progress_ms) = (Arc::new(Stop::default()), Arc::new(AtomicI64::new(0)));
        let seconds = claimed.call_length_seconds.unwrap_or(USUAL_CALL_SECONDS);
        let stage = Stage::Preparing { expected_ms: i64::from(seconds) * 2 * 1000 };
        let entry = Entry { stage, stop: Arc::clone(&stop), progress_ms: Arc::clone(&progress_ms) };
        self.lock().insert(claimed.lease_token, entry);
        metrics::calls_held(self.len());
        HeldCall { lease_token: claimed.lease_token, stop, progress_ms, calls: Arc::clone(self) }
    }

    /// Whether a slot will soon need another call.
    pub fn has_room(&self) -> bool {
        let (mut preparing, mut expected_ms) = (0, 0);
        let (mut hearing, mut left_ms) = (0, 0);
        let mut finishing = 0;
        for entry in self.lock().values() {
            match entry.stage {
                Stage::Preparing { expected_ms: of_call } => {
                    preparing += 1;
                    expected_ms += of_call;
                }
                Stage::Hearing { total_ms } => {
                    hearing += 1;
                    left_ms += (total_ms - entry.progress_ms.load(Ordering::Relaxed)).max(0);
                }
                Stage::Finishing => finishing += 1,
            }
        }
        // Results that pile up, or several recordings at once that take long to fetch; and however fast
        // the slots seem, only so many recordings are kept on disk.
        if finishing > self.slots + 2 || preparing > self.slots || preparing + hearing > 4 * self.slots {
            return false;
        }
        let Speed { sound_ms, took_ms } = *self.speed.lock().unwrap_or_else(PoisonError::into_inner);
        if took_ms <= 0.0 {
            return preparing + hearing < self.slots;
        }
        let through_ms = (left_ms + expected_ms) as f64 * took_ms / sound_ms.max(1.0) / self.slots as f64;
        // While nothing is ready, the next call may be ready before those that are being prepared.
        through_ms < CLAIM_AHEAD.as_secs_f64() * 1000.0 || hearing == 0
    }

    /// Learns from a call how fast the slots are.
    pub fn heard(&self, total_ms: i64, took: Duration) {
        let mut speed = self.speed.lock().unwrap_or_else(PoisonError::into_inner);
        speed.sound_ms = EARLIER_SHARE * speed.sound_ms + total_ms as f64;
        speed.took_ms = EARLIER_SHARE * speed.took_ms + took.as_secs_f64() * 1000.0;
        drop(speed);
        self.changed.notify_one();
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

    fn len(&self) -> usize {
        self.lock().len()
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
        metrics::calls_held(self.calls.len());
        self.calls.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_client::call::CallId;

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
    fn before_anything_was_heard_each_slot_gets_one_call() {
        let calls = Arc::new(HeldCalls::new(2));
        assert!(calls.has_room(), "nothing to do");
        let _first = calls.hold(&claimed());
        assert!(calls.has_room(), "one slot has nothing to do");
        let second = calls.hold(&claimed());
        assert!(!calls.has_room(), "each slot has one");
        second.enter(Stage::Finishing);
        assert!(calls.has_room(), "a result on its way needs no slot");
    }

    #[test]
    fn the_next_call_is_claimed_when_the_slots_are_nearly_through() {
        let calls = Arc::new(HeldCalls::new(1));
        // Ten seconds of sound a second: fifteen seconds are 150 of sound.
        calls.heard(100_000, Duration::from_secs(10));
        let first = calls.hold(&claimed());
        first.enter(Stage::Hearing { total_ms: 400_000 });
        assert!(!calls.has_room(), "a long call has just begun");
        first.done(240_000);
        assert!(!calls.has_room(), "160 s are left");
        first.done(260_000);
        assert!(calls.has_room(), "the long call is nearly through");
        let second = calls.hold(&claimed());
        assert!(!calls.has_room(), "the next is being prepared");
        drop(second);
        assert!(calls.has_room());
    }

    #[test]
    fn a_long_preparation_keeps_no_other_call_from_the_slot() {
        let calls = Arc::new(HeldCalls::new(1));
        calls.heard(100_000, Duration::from_secs(10));
        let _long = calls.hold(&ClaimedCall { call_length_seconds: Some(10_800), ..claimed() });
        assert!(calls.has_room(), "nothing is ready for the slot");
        let _other = calls.hold(&claimed());
        assert!(!calls.has_room(), "but not without end");
    }

    #[test]
    fn silent_calls_do_not_make_the_slots_look_endlessly_fast() {
        let calls = Arc::new(HeldCalls::new(1));
        calls.heard(100_000, Duration::from_secs(10));
        calls.heard(600_000, Duration::ZERO);
        let mut held = Vec::new();
        while calls.has_room() {
            let call = calls.hold(&claimed());
            call.enter(Stage::Hearing { total_ms: 100_000 });
            held.push(call);
            assert!(held.len() <= 10, "it never has enough");
        }
        assert_eq!(held.len(), 5);
    }

    #[test]
    fn a_dropped_call_beats_no_more() {
        let calls = Arc::new(HeldCalls::new(1));
        let (one, other) = (calls.hold(&claimed()), calls.hold(&claimed()));
        one.done(40);
        assert_eq!(calls.beats().len(), 2);
        drop(other);
        assert_eq!(calls.beats(), [Beat { lease_token: one.lease_token, progress: 40 }]);
    }

    #[test]
    fn a_lost_lease_stops_its_call_only() {
        let calls = Arc::new(HeldCalls::new(1));
        let (one, other) = (calls.hold(&claimed()), calls.hold(&claimed()));
        calls.stop(one.lease_token, Reason::LeaseLost);
        assert_eq!(one.stop.reason(), Some(Reason::LeaseLost));
        assert_eq!(other.stop.reason(), None);
        calls.stop_all(Reason::Ending);
        assert_eq!(one.stop.reason(), Some(Reason::LeaseLost), "the first reason stays");
        assert_eq!(other.stop.reason(), Some(Reason::Ending));
    }
}
