//! One time for lanes, database and simulator. Nobody waits: a pause moves all three ahead at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callscript_server::lanes::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use ringba_simulator::HandClock;
use supabase_local::Stack;

#[derive(Clone)]
pub struct VirtualClock {
    stack: Arc<Stack>,
    ahead: Arc<Mutex<Duration>>,
    ringbas: HandClock,
    skew: TimeDelta,
}

impl VirtualClock {
    /// The real time at first; Ringba's is off by `skew`.
    pub async fn new(stack: Arc<Stack>, skew: TimeDelta) -> Self {
        let clock = Self { stack, ahead: Arc::default(), ringbas: HandClock::at(Utc::now() + skew), skew };
        clock.advance(Duration::ZERO).await;
        clock
    }

    /// What the simulator shows.
    pub fn ringbas(&self) -> HandClock {
        self.ringbas.clone()
    }

    pub async fn advance(&self, by: Duration) {
        let ahead = {
            let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            *ahead += by;
            *ahead
        };
        self.stack.set_time_shift(ahead).await;
        self.ringbas.set(self.now() + self.skew);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move { clock.advance(pause).await })
    }
}
