//! `make bench NAME=vault`: memory, throughput and parallel downloads of the vault lane, each as a ratio
//! or difference within one run.

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use callscript_server::lanes::claims::{self, Progress, settle};
use callscript_server::lanes::ingest::{Pace, live};
use callscript_server::lanes::vault::Vault;
use callscript_server::lanes::vault::checks::Destinations;
use callscript_server::lanes::vault::fetch::{FetchLimits, Fetcher};
use chrono::{TimeDelta, Utc};
use figures::Figure;
use ringba_simulator::{Ledger, LedgerCall, Options, Simulator};
use supabase_client::call::CallStatus;
use supabase_client::lane::Lane;
use supabase_local::Stack;
use support::{LaneProcess, context, median, reader, stack, until};

const MIB: u64 = 1024 * 1024;
const RUNS: usize = 5;
/// As the server sets them when nobody says otherwise.
const DOWNLOADS: usize = 24;
const LIMITS: FetchLimits = FetchLimits { largest_bytes: 1024 * MIB, per_host: 16 };

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = stack().await;

    let small = peak_memory(&stack, &sound(folder.path(), "1-mib", MIB)).await;
    let large = peak_memory(&stack, &sound(folder.path(), "1-gib", 1024 * MIB)).await;
    println!("peak memory of the lane: {small:.1} MiB for 1 MiB, {large:.1} MiB for 1 GiB");
    Figure::at_most("vault_memory_growth_mib", large - small, 16.0).print();

    let file = sound(folder.path(), "256-mib", 256 * MIB);
    let (mut ours, mut curls) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(seconds_of_the_lane(&stack, &file).await);
        curls.push(seconds_of_curl(&stack, &file).await);
    }
    let (ours, curls) = (median(ours), median(curls));
    println!("256 MiB: vault {ours:.2} s, curl | curl {curls:.2} s");
    Figure::at_least("vault_vs_curl", curls / ours, 0.7).print();

    let file = sound(folder.path(), "2-mb", 2_000_000);
    let one = seconds_for_many(&stack, &file, 1).await;
    let many = seconds_for_many(&stack, &file, DOWNLOADS).await;
    println!("200 recordings of 2 MB over links of 50 ms: one at a time {one:.2} s, together {many:.2} s");
    Figure::at_least("vault_parallel_gain", one / many, 8.0).print();
}

/// A file that begins like an MP3.
fn sound(folder: &Path, name: &str, bytes: u64) -> PathBuf {
    let path = folder.join(format!("{name}.mp3"));
    let mut file = std::fs::File::create(&path).expect("a file");
    file.write_all(b"ID3\x03\0\0").expect("a beginning");
    file.set_len(bytes).expect("a length");
    path
}

/// So many finished calls with this recording, and the simulator that tells of them.
async fn calls(stack: &Stack, number: i64, file: &Path, latency: Duration) -> Simulator {
    stack.empty().await;
    let start = Utc::now() - TimeDelta::minutes(10);
    let call = |at: i64| {
        let start = start + TimeDelta::milliseconds(at);
        let mut call = LedgerCall::new(format!("call-{at}"), start, Duration::from_secs(60));
        call.recording = Some(file.to_owned());
        call
    };
    let options = Options { recording_latency: latency, ..Options::default() };
    let simulator =
        Simulator::start((0..number).map(call).collect::<Ledger>(), options).await.expect("it starts");
    let context = context(stack);
    let reader = reader(&context, &simulator);
    reader.check_columns().await.expect("the columns are known");
    let pace = Pace { every: Duration::from_secs(60), window: TimeDelta::minutes(15) };
    live::turn(&context, &reader, pace).await.expect("the calls are read");
    simulator
}

fn vault(stack: &Stack, simulator: &Simulator) -> Vault {
    let destinations =
        Destinations { allowed: Vec::new(), plain_http: vec![simulator.address().to_string()] };
    Vault { api: context(stack).api, fetcher: Fetcher::new(destinations, None, LIMITS).expect("a client") }
}

/// The most memory that the lane holds for one recording, in a process of its own.
async fn peak_memory(stack: &Stack, file: &Path) -> f64 {
    let simulator = calls(stack, 1, file, Duration::ZERO).await;
    let lane = LaneProcess::start("vault", stack, &simulator);
    until(&context(stack).api, CallStatus::Downloaded, 1).await;
    lane.peak_memory_mib()
}

/// From the claim to the answer, hash and all.
async fn seconds_of_the_lane(stack: &Stack, file: &Path) -> f64 {
    let simulator = calls(stack, 1, file, Duration::ZERO).await;
    let (context, vault) = (context(stack), vault(stack, &simulator));
    let call = context.api.claim(Lane::Vault, "benchmark", 1).await.expect("a claim").pop().expect("a call");
    let began = Instant::now();
    let ending = settle(&context, &vault, &call, &Progress::default()).await;
    assert_eq!(ending.as_deref(), Ok("downloaded"));
    began.elapsed().as_secs_f64()
}

/// The same bytes through the same two servers.
async fn seconds_of_curl(stack: &Stack, file: &Path) -> f64 {
    let simulator = calls(stack, 1, file, Duration::ZERO).await;
    let call =
        context(stack).api.claim(Lane::Vault, "curl", 1).await.expect("a claim").pop().expect("a call");
    let link = call.audio_url.expect("a link");
    let target = format!("{}/storage/v1/object/recordings/curl.mp3", stack.api_url());
    let began = Instant::now();
    let key = format!("apikey: {}", stack.secret_key());
    let pipe = move || {
        let mut from = Command::new("curl")
            .args(["--silent", "--fail", &link])
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl is installed");
        let bytes = from.stdout.take().expect("a pipe");
        let to = Command::new("curl")
            .args(["--silent", "--fail", "--request", "POST", "--upload-file", "-", "--header", &key])
            .args(["--header", "x-upsert: true", "--header", "content-type: audio/mpeg", &target])
            .stdin(bytes)
            .stdout(Stdio::null())
            .status()
            .expect("curl is installed");
        assert!(from.wait().expect("it ends").success() && to.success(), "curl failed");
    };
    tokio::task::spawn_blocking(pipe).await.expect("the pipe ends");
    let seconds = began.elapsed().as_secs_f64();
    drop(simulator);
    seconds
}

async fn seconds_for_many(stack: &Stack, file: &Path, downloads: usize) -> f64 {
    const RECORDINGS: i64 = 200;
    let simulator = calls(stack, RECORDINGS, file, Duration::from_millis(50)).await;
    let context = context(stack);
    let began = Instant::now();
    let lane = tokio::spawn(claims::run(context.clone(), vault(stack, &simulator), downloads));
    until(&context.api, CallStatus::Downloaded, RECORDINGS).await;
    let seconds = began.elapsed().as_secs_f64();
    context.stop.cancel();
    lane.await.expect("the lane ends");
    seconds
}
