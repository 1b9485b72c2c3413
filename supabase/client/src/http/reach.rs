//! Whether anybody is there.

use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::json;

use super::error::{Error, within};
use super::rest::{Api, Repeat};

/// Probes come every few seconds and wait no longer than this themselves.
const TIMEOUT: Duration = Duration::from_secs(3);

impl Api {
    /// Succeeds when PostgREST and the database behind it answer. Asked once: whoever wants to know asks again.
    ///
    /// [`Error::Forbidden`] is an answer of the database, too: a publishable key alone may do nothing.
    pub async fn reach(&self) -> Result<(), Error> {
        let counts: Result<IgnoredAny, Error> =
            within(TIMEOUT, self.call("call_counts", json!({}), Repeat::Never)).await;
        counts.map(|_| ())
    }
}
