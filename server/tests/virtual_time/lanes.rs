//! The lanes that talk to Ringba on one stack and one simulator, turn by turn.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use callscript_server::lanes::Context;
use callscript_server::lanes::claims::{Progress, settle};
use callscript_server::lanes::clock::Clock as _;
use callscript_server::lanes::ingest::reader::Reader;
use callscript_server::lanes::ingest::ringba::{Account, Limits, Ringba};
use callscript_server::lanes::ingest::{Pace, backlog, live};
use callscript_server::lanes::vault::Vault;
use callscript_server::lanes::vault::checks::Destinations;
use callscript_server::lanes::vault::fetch::{FetchLimits, Fetcher};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use futures::future::join_all;
use ringba_simulator::{Clock, DEMO_ACCOUNT, DEMO_TOKEN, Ledger, Options, Simulator};
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_client::lane::Lane;
use supabase_local::Stack;
use tokio_util::sync::CancellationToken;

use crate::virtual_clock::VirtualClock;

pub const PACE: Pace = Pace { every: Duration::from_secs(60), window: TimeDelta::minutes(15) };
/// A stalled answer of the simulator takes longer.
const TIMEOUT: Duration = Duration::from_millis(200);
/// More windows never wait at once, or something goes round in circles.
const MOST_WINDOWS: usize = 200;

pub struct Lanes {
    pub stack: Arc<Stack>,
    pub clock: VirtualClock,
    pub simulator: Simulator,
    pub context: Context,
    pub reader: Reader,
    vault: Vault,
}

/// A stack and its service's voice.
pub async fn stack() -> (Arc<Stack>, Api) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
    let stack = Stack::for_test(project).await.unwrap();
    let api = service_at(&stack.api_url(), &stack);
    (Arc::new(stack), api)
}

/// The service's voice over any road to the stack.
pub fn service_at(url: &str, stack: &Stack) -> Api {
    let config = SupabaseConfig { url: url.parse().unwrap(), api_key: stack.secret_key().into() };
    Supabase::new(config).unwrap().as_service()
}

impl Lanes {
    /// The ledger is made for the moment at which the lanes begin.
    pub async fn new(
        stack: &Arc<Stack>,
        api: &Api,
        skew: TimeDelta,
        ledger: impl FnOnce(DateTime<Utc>) -> Ledger,
    ) -> Self {
        let clock = VirtualClock::new(Arc::clone(stack), skew).await;
        let options = Options { clock: Clock::Hand(clock.ringbas()), ..Options::default() };
        let simulator = Simulator::start(ledger(clock.now().trunc_subsecs(3)), options).await.unwrap();
        let context = Context {
            api: api.clone(),
            clock: Arc::new(clock.clone()),
            worker: "lanes".to_owned(),
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
        let vault = Vault { api: api.clone(), fetcher: Fetcher::new(destinations, None, limits).unwrap() };
        Self { stack: Arc::clone(stack), clock, simulator, context, reader, vault }
    }

    /// What the lanes do in a minute. Failures are theirs to bear: the next round tries again.
    pub async fn round(&self) {
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

    /// The vault lane, until no call is left for it.
    pub async fn fetch_recordings(&self) {
        while let Ok(calls) = self.context.api.claim(Lane::Vault, "lanes", 8).await {
            if calls.is_empty() {
                return;
            }
            let progress = Progress::default();
            join_all(calls.iter().map(|call| settle(&self.context, &self.vault, call, &progress))).await;
        }
    }
}
