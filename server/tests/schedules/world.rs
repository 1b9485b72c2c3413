//! The world of one schedule: a stack, a simulator, the lanes' turns, and the end at which all must fit.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use callscript_server::lanes::claims::{Progress, settle};
use callscript_server::lanes::clock::Clock as _;
use callscript_server::lanes::ingest::reader::Reader;
use callscript_server::lanes::ingest::ringba::{Account, Limits, Ringba};
use callscript_server::lanes::ingest::{Pace, backlog, live};
use callscript_server::lanes::vault::Vault;
use callscript_server::lanes::vault::checks::Destinations;
use callscript_server::lanes::vault::fetch::{FetchLimits, Fetcher};
use callscript_server::lanes::{Context, reconcile};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use futures::future::join_all;
use ringba_simulator::{Clock, DEMO_ACCOUNT, DEMO_TOKEN, Endpoint, Ledger, LedgerCall, Options, Simulator};
use rust_decimal::Decimal;
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_client::lane::Lane;
use supabase_local::Stack;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::drawn::{DrawnCall, Schedule, Step};
use crate::truth::differences;
use crate::virtual_clock::VirtualClock;

const PACE: Pace = Pace { every: Duration::from_secs(60), window: TimeDelta::minutes(15) };
/// A stalled answer of the simulator takes longer.
const TIMEOUT: Duration = Duration::from_millis(200);
/// More windows never wait at once, or something goes round in circles.
const MOST_WINDOWS: usize = 200;
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
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
        let stack = Stack::for_test(project).await.unwrap();
        let config =
            SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: stack.secret_key().into() };
        let api = Supabase::new(config).unwrap().as_service();
        Self { stack: Arc::new(stack), api, stories: AtomicU32::new(0) }
    }

    /// Plays one schedule from an empty database to the end; says what is wrong then.
    pub async fn run(&self, schedule: &Schedule) -> Result<(), String> {
        self.stack.empty().await;
        let folder = tempfile::tempdir().unwrap();
        let clock = VirtualClock::new(Arc::clone(&self.stack), TimeDelta::seconds(schedule.skew_s)).await;
        // Files in Storage stay from one story to the next, so no id comes twice.
        let story = self.stories.fetch_add(1, Ordering::Relaxed);
        let ids: Vec<String> =
            (0..schedule.calls.len()).map(|call| format!("story-{story}-call-{call}")).collect();
        let begins = clock.now().trunc_subsecs(3);
        let calls = schedule.calls.iter().zip(&ids).map(|(call, id)| ledger_call(call, id, begins, &folder));
        let options = Options { clock: Clock::Hand(clock.ringbas()), ..Options::default() };
        let simulator = Simulator::start(calls.collect::<Ledger>(), options).await.unwrap();
        let story = Story::new(self, clock, simulator, ids).await;
        for step in &schedule.steps {
            story.step(step).await;
        }
        story.end().await
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
    stack: Arc<Stack>,
    clock: VirtualClock,
    simulator: Simulator,
    ids: Vec<String>,
    context: Context,
    reader: Reader,
    vault: Vault,
}

impl Story {
    async fn new(world: &World, clock: VirtualClock, simulator: Simulator, ids: Vec<String>) -> Self {
        let context = Context {
            api: world.api.clone(),
            clock: Arc::new(clock.clone()),
            worker: "story".to_owned(),
            stop: CancellationToken::new(),
        };
        let account = Account {
            id: DEMO_ACCOUNT.to_owned(),
            token: DEMO_TOKEN.into(),
            url: simulator.base_url().parse().unwrap(),
        };
        let limits = Limits { timeout: TIMEOUT, requests_per_minute: NonZeroU32::MAX };
        let ringba = Ringba::new(account, limits, Arc::clone(&context.clock)).unwrap();
        let reader = Reader::new(context.clone(), Arc::new(ringba));
        reader.check_columns().await.unwrap();
        let destinations =
            Destinations { allowed: Vec::new(), plain_http: vec![simulator.address().to_string()] };
        let limits = FetchLimits { largest_bytes: 100_000, per_host: 4 };
        let vault =
            Vault { api: world.api.clone(), fetcher: Fetcher::new(destinations, None, limits).unwrap() };
        Self { stack: Arc::clone(&world.stack), clock, simulator, ids, context, reader, vault }
    }

    async fn step(&self, step: &Step) {
        match step {
            Step::Run { minutes } => {
                for _ in 0..*minutes {
                    self.clock.advance(Duration::from_mins(1)).await;
                    self.round().await;
                }
            }
            Step::Down { minutes } => {
                self.clock.advance(Duration::from_mins((*minutes).into())).await;
                self.stack.run_scheduled_work().await;
            }
            Step::Spoil { endpoint, times, fault } => {
                self.simulator.faults().next(*endpoint, *times, fault.clone());
            }
            Step::SpoilRecording { call, times, fault } => {
                let id = &self.ids[call % self.ids.len()];
                self.simulator.faults().recording(id, *times, fault.clone());
            }
            Step::NewPayout { call, cents } => {
                let id = &self.ids[call % self.ids.len()];
                let payout = Decimal::new(*cents, 2);
                let change = |ledger: &mut Ledger| {
                    if let Some(call) = ledger.get_mut(id) {
                        call.payout = payout;
                    }
                };
                self.simulator.change_ledger(change).unwrap();
            }
            Step::KillInIngest => {
                self.clock.advance(Duration::from_mins(1)).await;
                let asked = self.simulator.requests(Endpoint::CallLogs) + 1;
                tokio::select! {
                    _ = live::turn(&self.context, &self.reader, PACE) => {}
                    () = self.simulator.requested(Endpoint::CallLogs, asked) => {}
                }
            }
            Step::KillInVault => {
                let asked = self.simulator.requests(Endpoint::Recording) + 1;
                tokio::select! {
                    () = self.fetch_recordings() => {}
                    () = self.simulator.requested(Endpoint::Recording, asked) => {}
                }
            }
        }
    }

    /// What the lanes do in a minute. Failures are theirs to bear: the next round tries again.
    async fn round(&self) {
        let _ = live::turn(&self.context, &self.reader, PACE).await;
        for _ in 0..MOST_WINDOWS {
            match backlog::turn(&self.context, &self.reader).await {
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        let _ = self.reader.read_awaited(self.clock.now() - PACE.window).await;
        self.fetch_recordings().await;
        self.stack.run_scheduled_work().await;
    }

    async fn fetch_recordings(&self) {
        loop {
            let calls = self.context.api.claim(Lane::Vault, "story", 8).await.unwrap();
            if calls.is_empty() {
                return;
            }
            let progress = Progress::default();
            join_all(calls.iter().map(|call| settle(&self.context, &self.vault, call, &progress))).await;
        }
    }

    /// The faults stop; soon everything fits, and stays so.
    async fn end(&self) -> Result<(), String> {
        self.simulator.faults().clear();
        let before = self.requests();
        for _ in 0..LAST_ROUNDS {
            self.clock.advance(BETWEEN_LAST_ROUNDS).await;
            self.round().await;
            self.retry_failed().await;
        }
        self.fetch_recordings().await;
        let books = reconcile::pass(&self.context, &self.reader).await.map_err(|error| error.to_string())?;
        let ledger = self.simulator.ledger();
        let mut wrong = differences(&self.context.api, &ledger).await;
        if books.differing > 0 {
            wrong.push(format!("the books differ: {books:?}"));
        }
        let criteria = self.context.api.criteria().await.map_err(|error| error.to_string())?;
        let broken = criteria.iter().filter(|criterion| criterion.criterion != 2 && !criterion.holds);
        wrong.extend(broken.map(|criterion| format!("{criterion:?}")));
        let asked = self.requests() - before;
        if asked > LAST_ROUNDS * REQUESTS_PER_ROUND {
            wrong.push(format!("{asked} requests after the faults"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    fn requests(&self) -> usize {
        [Endpoint::CallLogs, Endpoint::Detail, Endpoint::Insights]
            .map(|endpoint| self.simulator.requests(endpoint))
            .iter()
            .sum()
    }

    /// What failed for good waits for a person, who has it tried again once the fault is over.
    async fn retry_failed(&self) {
        for call in self.context.api.queue(Some(&[CallStatus::Failed]), 1_000).await.unwrap() {
            self.context.api.retry_call(call.call_id).await.unwrap();
        }
    }
}
