//! The lanes' sense of time. They never ask the machine itself, so that tests can move time.

use std::sync::Arc;
use std::time::Duration;

use backon::Sleeper;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// Ends when `pause` has gone by on this clock.
    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()>;
}

/// Lets retries wait on a lane's clock.
pub struct OnClock(pub Arc<dyn Clock>);

impl Sleeper for OnClock {
    type Sleep = BoxFuture<'static, ()>;

    fn sleep(&self, pause: Duration) -> Self::Sleep {
        self.0.sleep(pause)
    }
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(pause))
    }
}
