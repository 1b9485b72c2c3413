//! What goes wrong, as data.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One answer that is no success. The message of its request counts as not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429 with `Retry-After`.
    RateLimited { retry_after_s: u64 },
    /// This HTTP status.
    Status { status: u16 },
    /// No answer; the connection stays open.
    Never,
}

/// The switches. Clones work the same switches.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Planned>>);

#[derive(Debug, Default)]
struct Planned {
    /// Each with how many requests it still meets; absent for all.
    plans: Vec<(Fault, Option<usize>)>,
}

impl Faults {
    /// Meets the next `times` requests, after those that were set before.
    pub fn next(&self, times: usize, fault: Fault) {
        self.planned().plans.push((fault, Some(times)));
    }

    /// Meets all requests until [`Faults::clear`].
    pub fn always(&self, fault: Fault) {
        self.planned().plans.push((fault, None));
    }

    /// Forgets every fault still to come.
    pub fn clear(&self) {
        self.planned().plans.clear();
    }

    pub(crate) fn take(&self) -> Option<Fault> {
        let mut planned = self.planned();
        planned.plans.retain(|(_, left)| *left != Some(0));
        let (fault, left) = planned.plans.first_mut()?;
        if let Some(left) = left {
            *left -= 1;
        }
        Some(*fault)
    }

    fn planned(&self) -> MutexGuard<'_, Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
