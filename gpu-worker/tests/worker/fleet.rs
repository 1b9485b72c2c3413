//! Four workers that are killed and told to end at random, again and again: every call is transcribed, and
//! each transcript is accepted once.
//!
//! `FLEET_CALLS` sets how many calls (24 otherwise, 200 for the whole trial), `FLEET_SEED` repeats a run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use figures::Figure;
use futures::StreamExt;
use gpu_worker::audio;
use gpu_worker::audio::channels::AgentChannel;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use secrecy::SecretString;
use supabase_client::call::{AttemptOutcome, CallId, CallStatus};
use supabase_client::http::{Api, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_local::Stack;
use tokio::sync::mpsc;
use tokio::time::timeout;

const WORKERS: usize = 4;
const ACCOUNT: &str = "RA0000000000000000000000000fleet";

/// A worker that does nothing for this long has hung; on two cores a call takes about two seconds.
const PATIENCE: Duration = Duration::from_mins(3);

/// How likely a line of the log ends its worker.
const MISFORTUNE: f64 = 0.12;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[tokio::test]
async fn whatever_ends_them_every_call_is_transcribed_once() {
    let calls: usize = std::env::var("FLEET_CALLS").map_or(24, |calls| calls.parse().expect("a number"));
    let seed: u64 =
        std::env::var("FLEET_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("FLEET_SEED={seed} FLEET_CALLS={calls}");
    let mut random = StdRng::seed_from_u64(seed);

    let stack = Stack::for_test(repository("supabase")).await.expect("the stack starts");
    // Ahead of the time after a start in which nothing is taken back.
    stack.set_time_shift(Duration::from_mins(10)).await;
    let supabase = Supabase::new(SupabaseConfig {
        url: stack.api_url().parse().expect("an address"),
        api_key: SecretString::from(stack.secret_key().to_owned()),
    });
    let service = supabase.expect("settings").as_service();
    let calls = download_calls(&service, calls).await;

    let (lines, mut log) = mpsc::unbounded_channel();
    let mut fleet: BTreeMap<u32, Worker> = BTreeMap::new();
    let mut started = 0;
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waiting = calls.clone();
    while !waiting.is_empty() {
        while fleet.len() < WORKERS {
            started += 1;
            fleet.insert(started, Worker::start(&stack, started, lines.clone()));
        }
        let heard = timeout(PATIENCE, log.recv()).await.expect("some worker works");
        let (number, line) = heard.expect("this test holds a sender");
        let Some(worker) = fleet.get_mut(&number) else { continue };
        if let Some(name) = named_in(&line) {
            worker.name = Some(name);
        }
        if line.contains("call ended") {
            waiting = unfinished(&service, waiting).await;
        }
        let Some(name) = worker.name.clone() else { continue };
        if !random.random_bool(MISFORTUNE) {
            continue;
        }
        // The third loss of a call would rightly be its last.
        let kills = random.random_bool(0.5) && stack.most_failures_held_by(&name).await < 2;
        let mut worker = fleet.remove(&number).expect("it was there");
        if kills {
            worker.process.kill().expect("killed");
            worker.process.wait().expect("ended");
            stack.end_leases_of(&name).await;
            stack.run_scheduled_work().await;
        } else {
            let terminate = Command::new("kill").args(["-TERM", &worker.process.id().to_string()]).status();
            assert!(terminate.expect("kill starts").success());
            let ended = tokio::task::spawn_blocking(move || {
                let status = worker.process.wait();
                drop(worker);
                status
            });
            assert!(
                timeout(PATIENCE, ended)
                    .await
                    .expect("it ends")
                    .expect("no panic")
                    .expect("a child")
                    .success()
            );
        }
        *ends.entry(if kills { "killed" } else { "told to end" }).or_default() += 1;
        waiting = unfinished(&service, waiting).await;
    }
    println!("{started} workers for {} calls: {ends:?}", calls.len());
    drop(fleet);

    let mut double_accepts = 0;
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls {
        let page = service.call_page(call).await.expect("an answer").expect("the call");
        assert_eq!(page.call.status, CallStatus::Transcribed, "{:?}", page.call.last_error);
        assert!(page.review_path.is_some(), "it has a review copy");
        let attempts: Vec<_> = page.history.iter().filter(|attempt| attempt.lane == Lane::Worker).collect();
        let accepted =
            attempts.iter().filter(|attempt| attempt.outcome == Some(AttemptOutcome::Accepted)).count();
        assert!(accepted >= 1, "{attempts:?}");
        double_accepts += accepted - 1;
        for attempt in attempts {
            let outcome = attempt.outcome.expect("every lease has ended and says how");
            if outcome == AttemptOutcome::Lost {
                assert!(attempt.error.is_some(), "a lost lease says why: {attempt:?}");
            }
            *outcomes.entry(format!("{outcome:?}")).or_default() += 1;
        }
    }
    println!("attempts: {outcomes:?}");
    Figure::equal("worker_double_accepts", double_accepts as f64, 0.0).print();
    assert_eq!(double_accepts, 0);
}

/// Those of the calls that are not transcribed yet.
async fn unfinished(service: &Api, calls: Vec<CallId>) -> Vec<CallId> {
    let mut left = Vec::new();
    for call in calls {
        let page = service.call_page(call).await.expect("an answer").expect("the call");
        assert_ne!(page.call.status, CallStatus::Failed, "{:?}", page.call.last_error);
        if page.call.status != CallStatus::Transcribed {
            left.push(call);
        }
    }
    left
}

/// What a worker calls itself when it begins to claim.
fn named_in(line: &str) -> Option<String> {
    let (_, name) = line.split_once("claiming calls worker=")?;
    Some(name.trim().trim_matches('"').to_owned())
}

/// Calls with a sentence or two of a demo call each.
async fn download_calls(service: &Api, number: usize) -> Vec<CallId> {
    let demo =
        std::fs::File::open(repository("end2end/calls/call1_compliant_enrollment.mp3")).expect("readable");
    let recording = audio::decode(demo, AgentChannel(0), &|| false).expect("a recording");
    let mut calls = Vec::new();
    for number in 0..number {
        let from = u32::try_from(number).expect("few") % 14 * 6_000;
        let sound = recording.tracks[0].read(&(from..from + 6_000)).expect("readable");
        calls.push(download_call(service, number, wav(&sound)).await);
    }
    calls
}

async fn download_call(service: &Api, number: usize, recording: Vec<u8>) -> CallId {
    let start = Utc::now() - TimeDelta::minutes(5) - TimeDelta::seconds(i64::try_from(number).expect("few"));
    let link = format!("https://recordings.example/{number}.wav");
    let record = CallRecord {
        ringba_call_id: Some(format!("RGBfleet{number:04}")),
        start_time_utc: Some(start),
        completed_at: Some(start + TimeDelta::seconds(6)),
        call_length_seconds: Some(6),
        is_live: Some(false),
        has_recording: Some(true),
        audio_url: Some(link.clone()),
        ..CallRecord::default()
    };
    service.ingest_calls(ACCOUNT, vec![record]).await.expect("ingested");
    let claimed = service.claim(Lane::Vault, "vault of the test", 1).await.expect("claimed").remove(0);
    let stored = StoredRecording {
        storage_path: format!("{ACCOUNT}/2026/01/01/{number}.wav"),
        bytes: i64::try_from(recording.len()).expect("small"),
        sha256: "0".repeat(64),
        content_type: "audio/wav".to_owned(),
    };
    let length = Some(recording.len() as u64);
    let body = futures::stream::iter([Ok(bytes::Bytes::from(recording))]).boxed();
    service.storage().upload(&stored.storage_path, "audio/wav", length, body).await.expect("uploaded");
    service.complete_download(claimed.lease_token, &stored).await.expect("downloaded");
    claimed.call_id
}

/// 16-bit WAV of one channel at 16 kHz.
fn wav(sound: &[i16]) -> Vec<u8> {
    let length = u32::try_from(sound.len() * 2).expect("short");
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(length + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(&32_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// A worker process, which dies with the test.
struct Worker {
    process: Child,
    /// Known when it begins to claim.
    name: Option<String>,
}

impl Worker {
    fn start(stack: &Stack, number: u32, lines: mpsc::UnboundedSender<(u32, String)>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
            .env("CALLSCRIPT_WORKER_EMAIL", "worker@callscript.local")
            .env("CALLSCRIPT_WORKER_PASSWORD", "callscript-local")
            .env("CALLSCRIPT_WORKER_MODEL", repository("gpu-worker/model/ggml-micro-call-en.bin"))
            .env("CALLSCRIPT_WORKER_THREADS", "1")
            .env("CALLSCRIPT_WORKER_POLL_INTERVAL", "200ms")
            .env("CALLSCRIPT_WORKER_GRACE", "0s")
            .env("RUST_LOG", "warn,gpu_worker=debug")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stderr = process.stderr.take().expect("a pipe");
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody reads any more when all calls are done.
                let _ = lines.send((number, line));
            }
        });
        Self { process, name: None }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Gone already is as good as killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
