//! The three lanes at work on one embedded stack and one simulated Ringba, inside the test.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use call_truth::LabelledCall;
use callscript_server::lanes::clock::{Clock, SystemClock};
use callscript_server::lanes::ingest::reader::Reader;
use callscript_server::lanes::ingest::{self, Pace, Stopped};
use callscript_server::lanes::judge::Judge;
use callscript_server::lanes::vault::Vault;
use callscript_server::lanes::vault::checks::Destinations;
use callscript_server::lanes::vault::fetch::{FetchLimits, Fetcher};
use callscript_server::lanes::{Context, claims};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use ringba_simulator::{DEMO_TOKEN, Ledger, Options, Simulator};
use secrecy::SecretString;
use supabase_client::call::{CallStatus, CallSummary};
use supabase_client::http::{Api, AutoSession, Supabase, SupabaseConfig};
use supabase_client::lane::Lane;
use supabase_client::queue::QueueFilter;
use supabase_local::Stack;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::ringba;

/// Password of the users of `supabase/seed.sql`.
const PASSWORD: &str = "callscript-local";
/// Ends a test that hangs; the lanes take a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
const LARGEST_BYTES: u64 = 4 * 1024 * 1024;

/// The machine's time a day and an hour later.
pub struct Tomorrow;

impl Clock for Tomorrow {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::hours(25)
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(pause)
    }
}

pub struct Running {
    pub simulator: Simulator,
    pub context: Context,
    pub reviewer: Api,
    pub worker: Api,
    pub stack: Stack,
}

impl Running {
    /// Starts the stack and the simulator, and no lane yet.
    pub async fn new(ledger: Ledger) -> Self {
        Self::with_clock(ledger, Arc::new(SystemClock)).await
    }

    pub async fn with_clock(ledger: Ledger, clock: Arc<dyn Clock>) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
        let stack = Stack::for_test(project).await.unwrap();
        let simulator = Simulator::start(ledger, Options::default()).await.unwrap();
        let service = supabase(&stack, stack.secret_key());
        let people = supabase(&stack, stack.publishable_key());
        let context = Context {
            api: service.as_service(),
            clock,
            worker: "test".to_owned(),
            stop: CancellationToken::new(),
        };
        Self {
            simulator,
            context,
            reviewer: signed_in(&people, "reviewer@callscript.local").await,
            worker: signed_in(&people, "worker@callscript.local").await,
            stack,
        }
    }

    /// Asks with this token, without waiting between requests.
    pub fn reader(&self, token: &str) -> Reader {
        let ringba = ringba(&self.simulator, token, Arc::clone(&self.context.clock));
        Reader::new(self.context.clone(), Arc::new(ringba))
    }

    pub fn start_ingest(&self, token: &str) -> JoinHandle<Result<(), Stopped>> {
        let pace = Pace { every: Duration::from_secs(1), window: TimeDelta::minutes(15) };
        tokio::spawn(ingest::run(self.context.clone(), self.reader(token), pace))
    }

    pub fn vault(&self) -> Vault {
        let destinations =
            Destinations { allowed: Vec::new(), plain_http: vec![self.simulator.address().to_string()] };
        let limits = FetchLimits { largest_bytes: LARGEST_BYTES, per_host: 4 };
        let fetcher = Fetcher::new(destinations, None, limits).unwrap();
        Vault { api: self.context.api.clone(), fetcher }
    }

    pub fn start_vault(&self) -> JoinHandle<()> {
        tokio::spawn(claims::run(self.context.clone(), self.vault(), 4))
    }

    pub fn start_judge(&self) -> JoinHandle<()> {
        tokio::spawn(claims::run(
            self.context.clone(),
            Judge { api: self.context.api.clone(), model: None },
            4,
        ))
    }

    /// Starts everything that needs Ringba.
    pub fn start_lanes(&self) {
        self.start_ingest(DEMO_TOKEN);
        self.start_vault();
        self.start_judge();
    }

    /// Stands in for the worker: stores the true transcript of every call whose recording is there.
    pub async fn transcribe_truly(&self, labelled: &[LabelledCall]) {
        for call in self.worker.claim(Lane::Worker, "test", 100).await.unwrap() {
            let ledger = self.simulator.ledger();
            let recording = ledger.get(&call.ringba_call_id).unwrap().recording.clone().unwrap();
            let truth = labelled.iter().find(|labelled| labelled.recording == recording).unwrap();
            let transcript = truth.truth.transcript();
            self.worker.complete_transcription(call.lease_token, &transcript, None).await.unwrap();
        }
    }

    /// The queue as the reviewer sees it.
    pub async fn calls(&self) -> Vec<CallSummary> {
        self.reviewer.queue_page(&QueueFilter::default(), None, 1_000).await.unwrap().into_calls()
    }

    pub async fn the_call(&self, ringba_call_id: &str) -> Option<CallSummary> {
        self.calls().await.into_iter().find(|call| call.ringba_call_id == ringba_call_id)
    }

    pub async fn wait_for(&self, ringba_call_id: &str, status: CallStatus) -> CallSummary {
        eventually(|| async { self.the_call(ringba_call_id).await.filter(|call| call.status == status) })
            .await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.context.stop.cancel();
    }
}

/// Looks again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "what the test waits for did not happen");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn supabase(stack: &Stack, key: &str) -> Supabase {
    Supabase::new(SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: key.into() }).unwrap()
}

async fn signed_in(supabase: &Supabase, email: &str) -> Api {
    let session =
        AutoSession::sign_in(supabase, email.to_owned(), SecretString::from(PASSWORD)).await.unwrap();
    supabase.with_session(session)
}
