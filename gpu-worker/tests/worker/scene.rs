//! A stack with calls for the worker.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use supabase_client::call::{Attempt, AttemptOutcome, CallId, CallPage, CallStatus};
use supabase_client::http::Api;
use supabase_client::lane::Lane;
use supabase_local::Stack;

use crate::calls;
use crate::process::Worker;

/// Two cores hear a demo call in seconds; this only ends a test that hangs.
pub const PATIENCE: Duration = Duration::from_mins(3);
pub const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The content of a demo call.
pub fn demo_call() -> Vec<u8> {
    std::fs::read(repository("end2end/calls/call1_compliant_enrollment.mp3")).expect("readable")
}

/// A stack with downloaded calls.
pub struct Scene {
    service: Api,
    /// How often leases were let run out.
    run_out: AtomicU32,
    stack: Stack,
}

impl Scene {
    /// Without a call.
    pub async fn new() -> Self {
        let stack = Stack::for_test(repository("supabase")).await.expect("the stack starts");
        let service = calls::supabase(&stack, stack.secret_key()).as_service();
        Self { service, run_out: AtomicU32::new(0), stack }
    }

    /// With a demo call.
    pub async fn with_demo_call() -> (Self, CallId) {
        let scene = Self::new().await;
        let call = scene.download("demo", demo_call()).await;
        (scene, call)
    }

    /// A call whose recording has this content, ready for the worker. `name` is its own.
    pub async fn download(&self, name: &str, recording: Vec<u8>) -> CallId {
        calls::download(&self.service, name, recording).await
    }

    pub fn worker(&self, grace: &str) -> Worker {
        Worker::start(&self.stack, &[("CALLSCRIPT_WORKER_GRACE", grace)])
    }

    /// One that serves metrics and probes.
    pub fn watched_worker(&self) -> Worker {
        let settings = [("CALLSCRIPT_WORKER_GRACE", "120s"), ("CALLSCRIPT_WORKER_LISTEN", "127.0.0.1:0")];
        Worker::start(&self.stack, &settings)
    }

    /// Says on which channel of this account's recordings the agent is.
    pub async fn set_agent_channel(&self, channel: i16) {
        self.stack.set_agent_channel(calls::ACCOUNT, channel).await;
    }

    pub async fn page(&self, call: CallId) -> CallPage {
        self.service.call_page(call).await.expect("an answer").expect("the call")
    }

    pub async fn status(&self, call: CallId) -> CallStatus {
        self.page(call).await.call.status
    }

    pub async fn wait_for_status(&self, call: CallId, wanted: CallStatus) {
        let page = self.wait_for(call, |status| status == wanted || status == CallStatus::Failed).await;
        assert_eq!(page.call.status, wanted, "the call failed: {:?}", page.call.last_error);
    }

    /// Waits until the worker has nothing more to do for the call.
    pub async fn wait_for_end(&self, call: CallId) -> CallPage {
        self.wait_for(call, |status| matches!(status, CallStatus::Transcribed | CallStatus::Failed)).await
    }

    async fn wait_for(&self, call: CallId, is_wanted: impl Fn(CallStatus) -> bool) -> CallPage {
        let began = Instant::now();
        loop {
            let page = self.page(call).await;
            if is_wanted(page.call.status) {
                return page;
            }
            assert!(began.elapsed() < PATIENCE, "the call stays {:?}", page.call.status);
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Every try of the worker lane, oldest first.
    pub async fn attempts(&self, call: CallId) -> Vec<Attempt> {
        let history = self.page(call).await.history;
        history.into_iter().filter(|attempt| attempt.lane == Lane::Worker).collect()
    }

    /// Failures that the call counts against its three.
    pub async fn failures(&self, call: CallId) -> i32 {
        self.stack.failures_of(call.0).await
    }

    /// The short lasting name of the newest failure.
    pub async fn error_code(&self, call: CallId) -> Option<String> {
        self.stack.error_code_of(call.0).await
    }

    /// Takes back what a worker holds that has just died, as time would after 90 seconds.
    pub async fn take_back_from(&self, worker: &str) {
        self.stack.end_leases_of(worker).await;
        self.stack.run_scheduled_work().await;
    }

    /// The most failures of any call that a worker holds.
    pub async fn most_failures_held_by(&self, worker: &str) -> i32 {
        self.stack.most_failures_held_by(worker).await
    }

    /// Lets so much time pass that every lease that nobody beats has run out, and does what `pg_cron`
    /// does every minute.
    pub async fn let_leases_run_out(&self) {
        let times = self.run_out.fetch_add(1, Ordering::Relaxed) + 1;
        self.stack.set_time_shift(Duration::from_mins(10) * times).await;
        self.stack.run_scheduled_work().await;
    }
}

/// How each try ended.
pub fn outcomes(attempts: &[Attempt]) -> Vec<Option<AttemptOutcome>> {
    attempts.iter().map(|attempt| attempt.outcome).collect()
}
