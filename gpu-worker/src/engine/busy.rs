//! How much of their time the engine's slots are at work, and whether one of them hangs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nothing that works takes this long over one stretch.
const HANGS_AFTER: Duration = Duration::from_secs(10 * 60);

/// Shared by the slots' threads and whoever watches them.
#[derive(Debug)]
pub struct Busy {
    slots: Vec<Slot>,
    since: Instant,
    /// When the share was last asked for, and what had been worked until then.
    asked: Mutex<(Duration, Duration)>,
}

/// Microseconds since [`Busy::since`]; 0 stands for idle.
#[derive(Debug, Default)]
struct Slot {
    began_us: AtomicU64,
    worked_us: AtomicU64,
}

impl Busy {
    pub fn new(slots: usize) -> Self {
        Self {
            slots: (0..slots).map(|_| Slot::default()).collect(),
            since: Instant::now(),
            asked: Mutex::default(),
        }
    }

    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn begins(&self, slot: usize) {
        self.slots[slot].began_us.store(self.now_us().max(1), Ordering::Relaxed);
    }

    pub(super) fn ends(&self, slot: usize) {
        let slot = &self.slots[slot];
        let began = slot.began_us.swap(0, Ordering::Relaxed);
        slot.worked_us.fetch_add(self.now_us().saturating_sub(began), Ordering::Relaxed);
    }

    /// Time that the slots were at work since they started, all together.
    pub fn worked(&self) -> Duration {
        let now = self.now_us();
        let of_slot = |slot: &Slot| {
            let began = slot.began_us.load(Ordering::Relaxed);
            let running = if began == 0 { 0 } else { now.saturating_sub(began) };
            slot.worked_us.load(Ordering::Relaxed) + running
        };
        Duration::from_micros(self.slots.iter().map(of_slot).sum())
    }

    /// The share of the slots' time, 0 to 1, that was work since this was last asked.
    pub fn share(&self) -> f64 {
        let (now, worked) = (self.since.elapsed(), self.worked());
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, worked_before) = std::mem::replace(&mut *asked, (now, worked));
        let there = now.saturating_sub(before).as_secs_f64() * self.slots.len() as f64;
        if there > 0.0 { (worked.saturating_sub(worked_before).as_secs_f64() / there).min(1.0) } else { 0.0 }
    }

    /// Whether a slot has been at one stretch for longer than anything that works.
    pub fn hangs(&self) -> bool {
        let now = self.now_us();
        self.slots.iter().any(|slot| {
            let began = slot.began_us.load(Ordering::Relaxed);
            began != 0 && Duration::from_micros(now.saturating_sub(began)) > HANGS_AFTER
        })
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
