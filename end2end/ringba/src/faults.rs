//! What goes wrong, as data: which answers are spoiled, how, and how often.
//!
//! A fault of an endpoint is used up by requests that come with the right token. Faults of one
//! endpoint (or one recording) are taken in the order in which they were set.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

/// For `times`: until [`Faults::clear`].
pub const ALWAYS: usize = usize::MAX;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    Accounts,
    CallLogs,
    Columns,
    Detail,
    Insights,
    InsightsColumns,
    Recording,
    Tags,
}

/// One spoiled answer of the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RequestFault {
    /// This HTTP status and no records.
    Status { status: u16, retry_after_s: Option<u64> },
    /// The right answer, this much later.
    Stall { ms: u64 },
    /// The connection ends after this many bytes of the body, whose full length was announced.
    Cut { after_bytes: usize },
    /// Status 200 and a body that is no JSON.
    Garbage,
    /// Only the first records of the page, with the right `totalCount` and no word of warning.
    PageCut { keep: usize },
    /// Only the first records of the page, and `partialResult`.
    Partial { keep: usize },
    /// Every record of the page twice.
    Duplicates,
    /// The page begins this many records later than asked (earlier if negative), as when records of
    /// earlier pages go or come while a client reads.
    Shifted { by: i64 },
    /// Numbers as strings, booleans as `"yes"` and `"no"`.
    WrongTypes,
    /// Each record lacks these keys.
    MissingKeys { keys: Vec<String> },
    /// Each record has null under these keys.
    Nulls { keys: Vec<String> },
    /// Each record has a key that the documentation does not know.
    ExtraKeys,
}

impl RequestFault {
    /// Whether an answer of the endpoint can be spoiled this way.
    pub(crate) fn fits(&self, endpoint: Endpoint) -> bool {
        match self {
            Self::Status { .. } | Self::Stall { .. } | Self::Cut { .. } | Self::Garbage => {
                endpoint != Endpoint::Recording
            }
            Self::Partial { .. } | Self::Shifted { .. } => endpoint == Endpoint::CallLogs,
            Self::PageCut { .. }
            | Self::Duplicates
            | Self::WrongTypes
            | Self::MissingKeys { .. }
            | Self::Nulls { .. }
            | Self::ExtraKeys => matches!(endpoint, Endpoint::CallLogs | Endpoint::Detail),
        }
    }
}

/// One spoiled recording.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordingFault {
    /// 404.
    Missing,
    /// 410, before its time.
    Expired,
    /// This HTTP status, for failures that pass.
    Status { status: u16 },
    /// The connection ends after this many bytes; the full length was announced.
    Truncated { keep_bytes: usize },
    /// 200, audio, and no byte.
    Empty,
    /// 200 and a page that asks to sign in.
    Html,
    /// Says it is audio and is text.
    NotAudio,
    /// The sound, and then noise without end and without announced length.
    Endless,
    /// 302 to another place.
    Redirect { url: String },
    /// The right bytes at this pace.
    Slow { bytes_per_second: usize },
}

/// The switches. Clones work the same switches.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Planned>>);

#[derive(Debug, Default)]
struct Planned {
    requests: Plan<Endpoint, RequestFault>,
    recordings: Plan<String, RecordingFault>,
}

/// Faults still to come, each with the number of answers that it has left.
type Plan<K, F> = HashMap<K, Vec<(usize, F)>>;

impl Faults {
    /// Spoils the next `times` answers of an endpoint.
    ///
    /// # Panics
    ///
    /// When the endpoint's answers cannot be spoiled this way: that is a mistake in the test.
    pub fn next(&self, endpoint: Endpoint, times: usize, fault: RequestFault) {
        assert!(fault.fits(endpoint), "{fault:?} does not fit {endpoint:?}");
        self.plan().requests.entry(endpoint).or_default().push((times, fault));
    }

    /// Spoils the next `times` downloads of a call's recording.
    pub fn recording(&self, call_id: &str, times: usize, fault: RecordingFault) {
        self.plan().recordings.entry(call_id.to_owned()).or_default().push((times, fault));
    }

    /// Forgets every fault still to come.
    pub fn clear(&self) {
        *self.plan() = Planned::default();
    }

    pub(crate) fn take(&self, endpoint: Endpoint) -> Option<RequestFault> {
        take(&mut self.plan().requests, &endpoint)
    }

    pub(crate) fn take_recording(&self, call_id: &str) -> Option<RecordingFault> {
        take(&mut self.plan().recordings, call_id)
    }

    fn plan(&self) -> MutexGuard<'_, Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take<K, Q, F>(plan: &mut Plan<K, F>, key: &Q) -> Option<F>
where
    K: Hash + Eq + std::borrow::Borrow<Q>,
    Q: Hash + Eq + ?Sized,
    F: Clone,
{
    let faults = plan.get_mut(key)?;
    faults.retain(|(times, _)| *times > 0);
    let (times, fault) = faults.first_mut()?;
    if *times != ALWAYS {
        *times -= 1;
    }
    Some(fault.clone())
}
