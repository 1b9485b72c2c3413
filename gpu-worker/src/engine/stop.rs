//! A way to call off the work on one call, from anywhere.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

/// Shared by everything that works on one call: asked by blocking code, awaited by the rest.
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicBool,
    reason: OnceLock<Reason>,
    token: CancellationToken,
}

/// Why work is called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The call belongs to somebody else now.
    LeaseLost,
    /// The worker is ending.
    Ending,
}

impl Stop {
    /// Calls the work off. The first reason stays.
    pub fn now(&self, reason: Reason) {
        self.reason.get_or_init(|| reason);
        self.asked.store(true, Ordering::Release);
        self.token.cancel();
    }

    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    pub fn reason(&self) -> Option<Reason> {
        self.reason.get().copied()
    }

    pub async fn asked(&self) {
        self.token.cancelled().await;
    }

    /// What the engine's callback looks at; it runs too often for a lock.
    pub(super) fn flag(&self) -> &AtomicBool {
        &self.asked
    }
}
