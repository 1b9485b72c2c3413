//! What the benchmarks share: a stack, a simulator, lanes in this process or in one of their own.

use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use callscript_server::lanes::Context;
use callscript_server::lanes::clock::SystemClock;
use callscript_server::lanes::ingest::reader::Reader;
use callscript_server::lanes::ingest::ringba::{Account, Limits, Ringba};
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Simulator};
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_local::Stack;
use tokio_util::sync::CancellationToken;

/// More requests than anything here sends.
const NO_LIMIT: Limits = Limits { timeout: Duration::from_secs(60), requests_per_minute: NonZeroU32::MAX };
/// Ends a benchmark that hangs.
const PATIENCE: Duration = Duration::from_mins(5);

pub async fn stack() -> Stack {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
    Stack::for_test(project).await.expect("the stack starts")
}

pub fn context(stack: &Stack) -> Context {
    let config = SupabaseConfig {
        url: stack.api_url().parse().expect("an address"),
        api_key: stack.secret_key().into(),
    };
    Context {
        api: Supabase::new(config).expect("a client").as_service(),
        clock: Arc::new(SystemClock),
        worker: "benchmark".to_owned(),
        stop: CancellationToken::new(),
    }
}

pub fn reader(context: &Context, simulator: &Simulator) -> Reader {
    Reader::new(context.clone(), Arc::new(ringba(context, simulator)))
}

pub fn ringba(context: &Context, simulator: &Simulator) -> Ringba {
    let account = Account {
        id: DEMO_ACCOUNT.to_owned(),
        token: DEMO_TOKEN.into(),
        url: simulator.base_url().parse().expect("an address"),
    };
    Ringba::new(account, NO_LIMIT, Arc::clone(&context.clock)).expect("a client")
}

/// How many calls stand in a state.
pub async fn count(api: &Api, status: CallStatus) -> i64 {
    let counts = api.call_counts().await.expect("the counts");
    counts.iter().find(|count| count.status == status).map_or(0, |count| count.calls)
}

/// Looks until so many calls stand in a state.
pub async fn until(api: &Api, status: CallStatus, calls: i64) {
    let began = Instant::now();
    while count(api, status).await < calls {
        assert!(began.elapsed() < PATIENCE, "{calls} calls never came to {status:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One lane in a process of its own, as a deployment runs it.
pub struct LaneProcess(Child);

impl LaneProcess {
    pub fn start(lane: &str, stack: &Stack, simulator: &Simulator) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_callscript-server"))
            .args(["lane", lane])
            .env_clear()
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_SECRET_KEY", stack.secret_key())
            .env("CALLSCRIPT_RINGBA_URL", simulator.base_url())
            .env("CALLSCRIPT_RINGBA_ACCOUNT", DEMO_ACCOUNT)
            .env("CALLSCRIPT_RINGBA_TOKEN", DEMO_TOKEN)
            .env("CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS", simulator.address().to_string())
            .env("CALLSCRIPT_SERVER_LOG", "warn")
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the lane starts");
        Self(child)
    }

    /// The most memory that it held so far, in MiB.
    pub fn peak_memory_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel counts");
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib / 1024.0
    }
}

impl Drop for LaneProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The middle one of an odd number of measurements.
pub fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
