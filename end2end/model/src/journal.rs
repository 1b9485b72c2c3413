//! What was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::faults::Fault;
use crate::question::{self, Question};

/// More requests than this push out the oldest.
const MOST_KEPT: usize = 10_000;

/// One request for a completion that had the right key and was well formed.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    pub at: DateTime<Utc>,
    /// The same moment by a clock that tests can stop.
    #[serde(skip)]
    pub instant: Instant,
    pub body: Value,
    /// What went wrong with its answer.
    pub fault: Option<Fault>,
    /// Whether the answer is what the readings say, neither spoiled nor put together without sense.
    pub honest: bool,
}

impl Recorded {
    /// Text of the last message of the user.
    #[must_use]
    pub fn message(&self) -> String {
        question::last_user_message(&self.body).unwrap_or_default()
    }

    /// Text of all messages.
    #[must_use]
    pub fn text(&self) -> String {
        question::all_text(&self.body)
    }

    /// The rules and lines that it asks about; empty where they cannot be read.
    #[must_use]
    pub fn question(&self) -> Question {
        Question::of(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
pub struct Journal {
    state: Mutex<State>,
    /// How many requests have come, those that were forgotten too.
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Recorded>,
    in_flight: usize,
    most_in_flight: usize,
}

impl Journal {
    /// The request counts as under way until what is returned is dropped.
    pub fn enter(self: &Arc<Self>, body: Value, fault: Option<Fault>, honest: bool) -> InFlight {
        let mut state = self.state();
        if state.requests.len() == MOST_KEPT {
            state.requests.pop_front();
        }
        state.requests.push_back(Recorded { at: Utc::now(), instant: Instant::now(), body, fault, honest });
        state.in_flight += 1;
        state.most_in_flight = state.most_in_flight.max(state.in_flight);
        drop(state);
        self.count.send_modify(|count| *count += 1);
        InFlight(Arc::clone(self))
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.iter().cloned().collect()
    }

    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    pub async fn counted(&self, times: usize) {
        // The sender lives as long as this borrow of it.
        let _ = self.count.subscribe().wait_for(|count| *count >= times).await;
    }

    pub fn in_flight(&self) -> usize {
        self.state().in_flight
    }

    pub fn most_in_flight(&self) -> usize {
        self.state().most_in_flight
    }

    /// Begins anew; what is under way stays so.
    pub fn forget(&self) {
        let mut state = self.state();
        state.requests.clear();
        state.most_in_flight = state.in_flight;
        drop(state);
        self.count.send_replace(0);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct InFlight(Arc<Journal>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}
