//! Workers that end in the middle of a call: killed, told to end, and with time to finish.
//!
//! The database, Storage and the worker processes are the real ones; only time is moved.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use futures::StreamExt;
use secrecy::SecretString;
use sqlx::{Connection, PgConnection, Row};
use supabase_client::call::CallId;
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
    database: PgConnection,
    call: CallId,
    stack: Stack,
}

impl Scene {
    async fn new() -> Self {
        let stack = Stack::for_test(repository("supabase")).await.expect("the stack starts");
        let database = PgConnection::connect(&stack.db_url()).await.expect("the database answers");
        let supabase = Supabase::new(SupabaseConfig {
            url: stack.api_url().parse().expect("an address"),
            api_key: SecretString::from(stack.secret_key().to_owned()),
        });
        let call = download_a_call(&supabase.expect("settings").as_service()).await;
        Self { database, call, stack }
    }

    fn worker(&self, grace: &str) -> Worker {
        Worker::start(&self.stack, grace)
    }

    async fn status(&mut self) -> String {
        let query = sqlx::query_scalar("select status from core.calls where call_id = $1").bind(self.call.0);
        query.fetch_one(&mut self.database).await.expect("the call's state")
    }

    async fn wait_for_status(&mut self, wanted: &str) {
        let began = Instant::now();
        loop {
            let status = self.status().await;
            if status == wanted {
                return;
            }
            assert_ne!(status, "failed", "the call failed");
            assert!(began.elapsed() < PATIENCE, "the call is {status}, not {wanted}");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Every try of the worker lane, oldest first: who, and how it ended.
    async fn attempts(&mut self) -> Vec<(String, Option<String>)> {
        sqlx::query(
            "select worker, outcome from core.attempts where call_id = $1 and lane = 'worker' order by started_at",
        )
        .bind(self.call.0)
        .fetch_all(&mut self.database)
        .await
        .expect("the attempts")
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect()
    }

    /// Failures that the call counts against its three.
    async fn failures(&mut self) -> i32 {
        sqlx::query_scalar("select attempts::integer from core.calls where call_id = $1")
            .bind(self.call.0)
            .fetch_one(&mut self.database)
            .await
            .expect("the call")
    }

    /// Lets so much time pass that every lease that nobody beats has run out, and does what `pg_cron`
    /// does every minute.
    async fn let_leases_run_out(&mut self) {
        for statement in
            ["insert into core.test_clock (shift) values (interval '10 minutes')", "select core.reap()"]
        {
            sqlx::query(statement).execute(&mut self.database).await.expect(statement);
        }
    }
}

async fn download_a_call(service: &Api) -> CallId {
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
    let report = service.ingest_calls(account, &[record]).await.expect("ingested");
    assert_eq!(report.inserted, 1);
    let claimed = service.claim(Lane::Vault, "vault of the test", 1).await.expect("claimed").remove(0);
    let recording =
        std::fs::read(repository("end2end/calls/call1_compliant_enrollment.mp3")).expect("readable");
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
    let mut scene = Scene::new().await;
    let (mut one, mut other) = (scene.worker("60s"), scene.worker("60s"));
    let (victim, survivor) = tokio::select! {
        () = one.says("on the engine") => (&mut one, &mut other),
        () = other.says("on the engine") => (&mut other, &mut one),
    };
    victim.kill();
    assert_eq!(scene.status().await, "processing", "the call was killed in the middle");
    scene.let_leases_run_out().await;
    scene.wait_for_status("transcribed").await;

    let attempts = scene.attempts().await;
    let outcomes: Vec<&str> =
        attempts.iter().map(|(_, outcome)| outcome.as_deref().expect("ended")).collect();
    assert_eq!(outcomes, ["lost", "accepted"], "{attempts:?}");
    assert_ne!(attempts[0].0, attempts[1].0, "a worker's name is its own");
    assert_eq!(scene.failures().await, 0, "a completion forgets failures");

    survivor.terminate();
    assert!(survivor.ended().await.success());
    assert_eq!(scene.attempts().await.len(), 2);
}

#[tokio::test]
async fn a_worker_without_grace_gives_its_call_back_unpenalised() {
    let mut scene = Scene::new().await;
    let mut worker = scene.worker("0s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status().await, "downloaded");
    assert_eq!(scene.failures().await, 0);

    let _next = scene.worker("60s");
    scene.wait_for_status("transcribed").await;
    let outcomes: Vec<Option<String>> =
        scene.attempts().await.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Some("released".to_owned()), Some("accepted".to_owned())]);
}

#[tokio::test]
async fn a_worker_with_grace_finishes_its_call() {
    let mut scene = Scene::new().await;
    let mut worker = scene.worker("120s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status().await, "transcribed");
    assert_eq!(scene.attempts().await.len(), 1);
}
