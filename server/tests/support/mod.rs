//! What the tests of the lanes share.

use std::path::PathBuf;
use std::time::Duration;

use callscript_server::lanes::clock::{Clock, SystemClock};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

/// The labelled demo recordings.
pub fn demo_calls() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/calls"))
}

/// The machine's time, with pauses a hundred times as short.
pub struct HurriedClock;

impl Clock for HurriedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(pause / 100)
    }
}
