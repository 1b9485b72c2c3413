//! Workers that end in the middle of a call: killed, told to end, and with time to finish. And a call
//! that no worker can finish.
//!
//! The database, Storage and the worker processes are the real ones; only time is moved.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::StreamExt;
use secrecy::SecretString;
use supabase_client::call::{Attempt, AttemptOutcome, CallId, CallPage, CallStatus};
use supabase_client::http::{Api, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_local::Stack;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Two cores hear a demo call in seconds; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_mins(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A stack with one downloaded call.
struct Scene {
    service: Api,
    call: CallId,
    stack: Stack,
}

impl Scene {
    /// With a demo call.
    async fn new() -> Self {
        let recording = repository("end2end/calls/call1_compliant_enrollment.mp3");
        Self::with_recording(std::fs::read(recording).expect("readable")).await
    }

    async fn with_recording(recording: Vec<u8>) -> Self {
        let stack = Stack::for_test(repository("supabase")).await.expect("the stack starts");
        let supabase = Supabase::new(SupabaseConfig {
            url: stack.api_url().parse().expect("an address"),
            api_key: SecretString::from(stack.secret_key().to_owned()),
        });
        let service = supabase.expect("settings").as_service();
        let call = download_a_call(&service, recording).await;
        Self { service, call, stack }
    }

    fn worker(&self, grace: &str) -> Worker {
        Worker::start(&self.stack, grace)
    }

    async fn page(&self) -> CallPage {
        self.service.call_page(self.call).await.expect("an answer").expect("the call")
    }

    async fn status(&self) -> CallStatus {
        self.page().await.call.status
    }

    async fn wait_for_status(&self, wanted: CallStatus) {
        let began = Instant::now();
        loop {
            let call = self.page().await.call;
            if call.status == wanted {
                return;
            }
            assert_ne!(call.status, CallStatus::Failed, "the call failed: {:?}", call.last_error);
            assert!(began.elapsed() < PATIENCE, "the call is {:?}, not {wanted:?}", call.status);
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Every try of the worker lane, oldest first.
    async fn attempts(&self) -> Vec<Attempt> {
        let history = self.page().await.history;
        history.into_iter().filter(|attempt| attempt.lane == Lane::Worker).collect()
    }

    /// Failures that the call counts against its three.
    async fn failures(&self) -> i32 {
        self.stack.failures_of(self.call.0).await
    }

    /// Lets so much time pass that every lease that nobody beats has run out, and does what `pg_cron`
    /// does every minute.
    async fn let_leases_run_out(&self) {
        self.stack.set_time_shift(Duration::from_mins(10)).await;
        self.stack.run_scheduled_work().await;
    }
}

/// How each try ended.
fn outcomes(attempts: &[Attempt]) -> Vec<Option<AttemptOutcome>> {
    attempts.iter().map(|attempt| attempt.outcome).collect()
}

async fn download_a_call(service: &Api, recording: Vec<u8>) -> CallId {
    let start = Utc::now() - TimeDelta::minutes(5);
    let record = CallRecord {
        ringba_call_id: Some("RGB0000000000000000000000000000two".to_owned()),
        start_time_utc: Some(start),
        completed_at: Some(start + TimeDelta::seconds(96)),
        call_length_seconds: Some(96),
        is_live: Some(false),
        has_recording: Some(true),
        audio_url: Some("https://recordings.example/two.mp3".to_owned()),
        ..CallRecord::default()
    };
    let account = "RA0000000000000000000000000000test";
    let report = service.ingest_calls(account, vec![record]).await.expect("ingested");
    assert_eq!(report.inserted, 1);
    let claimed = service.claim(Lane::Vault, "vault of the test", 1).await.expect("claimed").remove(0);
    let stored = StoredRecording {
        storage_path: format!("{account}/2026/01/01/two.mp3"),
        bytes: i64::try_from(recording.len()).expect("small"),
        sha256: "0".repeat(64),
        content_type: "audio/mpeg".to_owned(),
    };
    let length = Some(recording.len() as u64);
    let body = futures::stream::iter([Ok(bytes::Bytes::from(recording))]).boxed();
    service.storage().upload(&stored.storage_path, "audio/mpeg", length, body).await.expect("uploaded");
    service.complete_download(claimed.lease_token, &stored).await.expect("downloaded");
    claimed.call_id
}

/// A worker process, which dies with the test.
struct Worker {
    process: Child,
    log: mpsc::UnboundedReceiver<String>,
}

impl Worker {
    fn start(stack: &Stack, grace: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
            .env("CALLSCRIPT_WORKER_EMAIL", "worker@callscript.local")
            .env("CALLSCRIPT_WORKER_PASSWORD", "callscript-local")
            .env("CALLSCRIPT_WORKER_MODEL", repository("gpu-worker/model/ggml-micro-call-en.bin"))
            .env("CALLSCRIPT_WORKER_THREADS", "1")
            .env("CALLSCRIPT_WORKER_POLL_INTERVAL", "200ms")
            .env("CALLSCRIPT_WORKER_GRACE", grace)
            .env("RUST_LOG", "warn,gpu_worker=debug")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stderr = process.stderr.take().expect("a pipe");
        let (lines, log) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                eprintln!("{line}");
                // Nobody reads any more when the test has what it waited for.
                let _ = lines.send(line);
            }
        });
        Self { process, log }
    }

    /// Waits until the worker says it.
    async fn says(&mut self, words: &str) {
        let said = async {
            while let Some(line) = self.log.recv().await {
                if line.contains(words) {
                    return;
                }
            }
            panic!("the worker ended without saying: {words}");
        };
        timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("the worker never said: {words}"));
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(killed.expect("kill starts").success());
    }

    async fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the worker does not end");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Gone already is as good as killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_killed_workers_call_is_finished_by_the_other_once() {
    let scene = Scene::new().await;
    let (mut one, mut other) = (scene.worker("60s"), scene.worker("60s"));
    let (victim, survivor) = tokio::select! {
        () = one.says("on the engine") => (&mut one, &mut other),
        () = other.says("on the engine") => (&mut other, &mut one),
    };
    victim.kill();
    assert_eq!(scene.status().await, CallStatus::Processing, "the call was killed in the middle");
    scene.let_leases_run_out().await;
    scene.wait_for_status(CallStatus::Transcribed).await;

    let attempts = scene.attempts().await;
    assert_eq!(
        outcomes(&attempts),
        [Some(AttemptOutcome::Lost), Some(AttemptOutcome::Accepted)],
        "{attempts:?}"
    );
    assert_ne!(attempts[0].worker, attempts[1].worker, "a worker's name is its own");
    assert_eq!(scene.failures().await, 0, "a completion forgets failures");

    survivor.terminate();
    assert!(survivor.ended().await.success());
    assert_eq!(scene.attempts().await.len(), 2);
}

#[tokio::test]
async fn a_worker_without_grace_gives_its_call_back_unpenalised() {
    let scene = Scene::new().await;
    let mut worker = scene.worker("0s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status().await, CallStatus::Downloaded);
    assert_eq!(scene.failures().await, 0);

    let _next = scene.worker("60s");
    scene.wait_for_status(CallStatus::Transcribed).await;
    let attempts = scene.attempts().await;
    assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Released), Some(AttemptOutcome::Accepted)]);
}

#[tokio::test]
async fn a_worker_with_grace_finishes_its_call() {
    let scene = Scene::new().await;
    let mut worker = scene.worker("120s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status().await, CallStatus::Transcribed);
    assert_eq!(scene.attempts().await.len(), 1);
}

#[tokio::test]
async fn a_recording_that_cannot_be_decoded_fails_with_its_reason() {
    // By its first bytes it is an MP3, which is all that the vault looks at. No sound begins with less
    // than 0x80.
    let junk = (0..64 * 1024).map(|place: u32| place.wrapping_mul(2_654_435_761).to_be_bytes()[0] & 0x7f);
    let scene = Scene::with_recording(b"ID3\x04\0\0\0\0\0\0".iter().copied().chain(junk).collect()).await;
    let _worker = scene.worker("60s");
    scene.wait_for_status(CallStatus::Failed).await;

    let call = scene.page().await.call;
    assert_eq!(call.failed_lane, Some(Lane::Worker));
    let reason = "The recording is not audio: no MP3 or WAV sound was found in the file.";
    assert_eq!(call.last_error.as_deref(), Some(reason));
    let attempts = scene.attempts().await;
    assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Failed)], "no second try helps");
    assert_eq!(attempts[0].error.as_deref(), Some(reason));
}
