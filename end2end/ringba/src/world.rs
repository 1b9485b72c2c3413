//! What all endpoints share: the ledger, the clock, the faults.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::demo;
use crate::faults::{Endpoint, Faults};
use crate::ledger::{Ledger, LedgerCall};
use crate::simulator::Options;

/// Repeated calls are written into the ledger this long before the first of them ends, so that they
/// are seen live first.
const ROUND_LEAD: TimeDelta = TimeDelta::minutes(3);

pub struct World {
    pub options: Options,
    pub faults: Faults,
    /// Scheme, host and port under which recording links are given out.
    pub origin: String,
    state: Mutex<State>,
    requests: watch::Sender<HashMap<Endpoint, usize>>,
}

struct State {
    ledger: Ledger,
    /// When the recordings are next told as new calls; absent without repetition.
    next_round: Option<DateTime<Utc>>,
}

impl World {
    pub fn new(ledger: Ledger, options: Options, origin: String) -> anyhow::Result<Self> {
        let next_round = options.repeat_every.map(|every| options.clock.now() + every);
        let world = Self {
            options,
            faults: Faults::default(),
            origin,
            state: Mutex::new(State { ledger, next_round }),
            requests: watch::Sender::default(),
        };
        world.save(&world.state().ledger)?;
        Ok(world)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.options.clock.now()
    }

    /// Looks at the ledger at one moment.
    pub fn read<T>(&self, look: impl FnOnce(&Ledger, DateTime<Utc>) -> T) -> T {
        let mut state = self.state();
        let now = self.now();
        self.begin_rounds(&mut state, now);
        look(&state.ledger, now)
    }

    /// Changes the ledger, and the file it is kept in.
    pub fn change<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> anyhow::Result<T> {
        let mut state = self.state();
        let result = change(&mut state.ledger);
        self.save(&state.ledger)?;
        Ok(result)
    }

    pub fn count_request(&self, endpoint: Endpoint) {
        self.requests.send_modify(|requests| *requests.entry(endpoint).or_default() += 1);
    }

    pub fn requests(&self, endpoint: Endpoint) -> usize {
        self.requests.borrow().get(&endpoint).copied().unwrap_or_default()
    }

    /// Ends when an endpoint has had so many requests.
    pub async fn requested(&self, endpoint: Endpoint, times: usize) {
        let mut requests = self.requests.subscribe();
        // The sender lives as long as this borrow of it.
        let _ =
            requests.wait_for(|requests| requests.get(&endpoint).copied().unwrap_or_default() >= times).await;
    }

    /// Adds the rounds of repeated calls that are due. Nothing happens between requests, so that no
    /// task has to run.
    fn begin_rounds(&self, state: &mut State, now: DateTime<Utc>) {
        let Some(every) = self.options.repeat_every else { return };
        while let Some(round) = state.next_round.filter(|round| *round - ROUND_LEAD <= now) {
            state.ledger.extend(demo::calls(&self.options.recordings, round));
            state.next_round = Some(round + every);
            if let Err(error) = self.save(&state.ledger) {
                tracing::warn!("{error:#}");
            }
        }
    }

    fn save(&self, ledger: &Ledger) -> anyhow::Result<()> {
        self.options.ledger_file.as_ref().map_or(Ok(()), |file| ledger.save(file))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the API shows the call at this moment.
pub fn is_visible(call: &LedgerCall, now: DateTime<Utc>) -> bool {
    call.start + call.appears_after <= now
}
