//! The world of one schedule: what happens step by step, and the end at which all must fit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use callscript_server::lanes::ingest::live;
use callscript_server::lanes::reconcile;
use chrono::{DateTime, TimeDelta, Utc};
use pipeline::truth;
use ringba_simulator::{Endpoint, Ledger, LedgerCall};
use rust_decimal::Decimal;
use supabase_client::call::CallStatus;
use supabase_client::http::Api;
use supabase_client::queue::QueueFilter;
use supabase_local::Stack;
use tempfile::TempDir;

use super::drawn::{DrawnCall, Schedule, Step};
use crate::gateway::Gateway;
use crate::lanes::{self, Lanes, PACE, service_at};

/// After the last fault: time for the longest call, the latest record, the latest link.
const LAST_ROUNDS: usize = 5;
const BETWEEN_LAST_ROUNDS: Duration = Duration::from_mins(65);
/// Requests to Ringba in one of them, at most: the live window, rereads, gaps and halves, awaited calls, a
/// day's books.
const REQUESTS_PER_ROUND: usize = 60;

pub struct World {
    stack: Arc<Stack>,
    api: Api,
    stories: AtomicU32,
}

impl World {
    pub async fn new() -> Self {
        let (stack, api) = lanes::stack().await;
        Self { stack, api, stories: AtomicU32::new(0) }
    }

    /// Plays one schedule from an empty database to the end; says what is wrong then.
    pub async fn run(&self, schedule: &Schedule) -> Result<(), String> {
        self.stack.empty().await;
        let folder = tempfile::tempdir().unwrap();
        // Files in Storage stay from one story to the next, so no id comes twice.
        let story = self.stories.fetch_add(1, Ordering::Relaxed);
        let ids: Vec<String> =
            (0..schedule.calls.len()).map(|call| format!("story-{story}-call-{call}")).collect();
        let ledger = |begins| {
            let calls = schedule.calls.iter().zip(&ids);
            calls.map(|(call, id)| ledger_call(call, id, begins, &folder)).collect()
        };
        let skew = TimeDelta::seconds(schedule.skew_s);
        // A detour for every request, so it is only taken where something happens on it.
        let gateway = if schedule.steps.iter().any(|step| matches!(step, Step::SpoilSupabase { .. })) {
            Some(Gateway::start(self.stack.api_url()).await)
        } else {
            None
        };
        let road = gateway.as_ref().map(|gateway| service_at(&gateway.url, &self.stack));
        let lanes = Lanes::new(&self.stack, road.as_ref().unwrap_or(&self.api), skew, ledger).await;
        let story = Story { lanes, ids, gateway };
        for step in &schedule.steps {
            story.step(step).await;
        }
        story.end().await
    }
}

/// In which states a call may have ended: nobody transcribes here.
fn fitting(told: &LedgerCall) -> &'static [CallStatus] {
    if told.recording.is_some() {
        &[CallStatus::Downloaded]
    } else {
        &[CallStatus::Pending, CallStatus::NoRecording]
    }
}

fn ledger_call(drawn: &DrawnCall, id: &str, begins: DateTime<Utc>, folder: &TempDir) -> LedgerCall {
    let start = begins + TimeDelta::seconds(drawn.starts_s.into());
    let mut call = LedgerCall::new(id, start, Duration::from_secs(drawn.length_s.into()));
    call.revenue = Decimal::new(drawn.revenue_cents, 2);
    call.cost = Decimal::new(drawn.cost_mills, 3);
    call.appears_after = Duration::from_secs(drawn.appears_after_s.into());
    call.link_after = Duration::from_secs(drawn.link_after_s.into());
    call.recording = drawn.recording_bytes.map(|bytes| {
        let file = folder.path().join(format!("{id}.mp3"));
        let sound: Vec<u8> = format!("ID3 {id} ").bytes().cycle().take(bytes).collect();
        std::fs::write(&file, sound).unwrap();
        file
    });
    call
}

struct Story {
    lanes: Lanes,
    ids: Vec<String>,
    gateway: Option<Gateway>,
}

impl Story {
    async fn step(&self, step: &Step) {
        match step {
            Step::Run { minutes } => {
                for _ in 0..*minutes {
                    self.lanes.clock.advance(Duration::from_mins(1)).await;
                    self.lanes.round().await;
                }
            }
            Step::Down { minutes } => {
                self.lanes.clock.advance(Duration::from_mins((*minutes).into())).await;
                self.lanes.stack.run_scheduled_work().await;
            }
            Step::Spoil { endpoint, times, fault } => {
                self.lanes.simulator.faults().next(*endpoint, *times, fault.clone());
            }
            Step::SpoilRecording { call, times, fault } => {
                let id = &self.ids[call % self.ids.len()];
                self.lanes.simulator.faults().recording(id, *times, fault.clone());
            }
            Step::SpoilSupabase { service, times, fault } => {
                self.gateway.iter().for_each(|gateway| gateway.spoil(*service, *times, *fault));
            }
            Step::NewPayout { call, cents } => {
                let id = &self.ids[call % self.ids.len()];
                let payout = Decimal::new(*cents, 2);
                let change = |ledger: &mut Ledger| {
                    if let Some(call) = ledger.get_mut(id) {
                        call.payout = payout;
                    }
                };
                self.lanes.simulator.change_ledger(change).unwrap();
            }
            Step::KillInIngest => {
                self.lanes.clock.advance(Duration::from_mins(1)).await;
                let asked = self.lanes.simulator.requests(Endpoint::CallLogs) + 1;
                tokio::select! {
                    _ = live::turn(&self.lanes.context, &self.lanes.reader, PACE) => {}
                    () = self.lanes.simulator.requested(Endpoint::CallLogs, asked) => {}
                }
            }
            Step::KillInVault => {
                let asked = self.lanes.simulator.requests(Endpoint::Recording) + 1;
                tokio::select! {
                    () = self.lanes.fetch_recordings() => {}
                    () = self.lanes.simulator.requested(Endpoint::Recording, asked) => {}
                }
            }
        }
    }

    /// The faults stop; soon everything fits, and stays so.
    async fn end(&self) -> Result<(), String> {
        self.lanes.simulator.faults().clear();
        self.gateway.iter().for_each(Gateway::clear);
        let before = self.requests();
        for _ in 0..LAST_ROUNDS {
            self.lanes.clock.advance(BETWEEN_LAST_ROUNDS).await;
            self.lanes.round().await;
            self.retry_failed().await;
        }
        self.lanes.fetch_recordings().await;
        let books = reconcile::pass(&self.lanes.context, &self.lanes.reader)
            .await
            .map_err(|error| error.to_string())?;
        let ledger = self.lanes.simulator.ledger();
        let mut wrong = truth::differences(&self.lanes.context.api, &ledger, fitting).await.unwrap();
        if books.differing > 0 {
            wrong.push(format!("the books differ: {books:?}"));
        }
        let criteria = self.lanes.context.api.criteria().await.map_err(|error| error.to_string())?;
        // Nobody audits storage, transcribes or judges here.
        let broken =
            criteria.iter().filter(|criterion| ![2, 4].contains(&criterion.criterion) && !criterion.holds);
        wrong.extend(broken.map(|criterion| format!("{criterion:?}")));
        let asked = self.requests() - before;
        if asked > LAST_ROUNDS * REQUESTS_PER_ROUND {
            wrong.push(format!("{asked} requests after the faults"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    fn requests(&self) -> usize {
        [Endpoint::CallLogs, Endpoint::Detail, Endpoint::Insights]
            .map(|endpoint| self.lanes.simulator.requests(endpoint))
            .iter()
            .sum()
    }

    /// What failed for good waits for a person, who has it tried again once the fault is over.
    async fn retry_failed(&self) {
        let failed = QueueFilter { state: Some("failed".to_owned()), ..QueueFilter::default() };
        for call in self.lanes.context.api.queue_page(&failed, None, 1_000).await.unwrap().into_calls() {
            self.lanes.context.api.retry_call(call.call_id).await.unwrap();
        }
    }
}
