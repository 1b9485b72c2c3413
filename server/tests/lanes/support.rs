//! What the tests of the lanes share.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use callscript_server::lanes::clock::{Clock, SystemClock};
use callscript_server::lanes::ingest::ringba::{Account, Limits, Ringba};
use ringba_simulator::{DEMO_ACCOUNT, Simulator};

/// The labelled demo recordings.
pub fn demo_calls() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/calls"))
}

/// Asks the simulator as fast as it answers.
pub fn ringba(simulator: &Simulator, token: &str, clock: Arc<dyn Clock>) -> Ringba {
    client(&simulator.base_url(), token, clock)
}

/// Asks whatever answers at an address.
pub fn ringba_at(url: &str, token: &str) -> Ringba {
    client(url, token, Arc::new(SystemClock))
}

fn client(url: &str, token: &str, clock: Arc<dyn Clock>) -> Ringba {
    let account = Account { id: DEMO_ACCOUNT.to_owned(), token: token.into(), url: url.parse().unwrap() };
    let limits = Limits { requests_per_minute: NonZeroU32::MAX, ..Limits::default() };
    Ringba::new(account, limits, clock).unwrap()
}
