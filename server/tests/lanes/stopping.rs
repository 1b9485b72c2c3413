//! How lanes end: asked to, in good order; or by themselves, when no waiting helps.

use std::sync::Arc;
use std::time::Duration;

use callscript_server::lanes::clock::{Clock, SystemClock};
use callscript_server::lanes::ingest::Stopped;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use ringba_simulator::{DEMO_TOKEN, Endpoint, Ledger, LedgerCall, RecordingFault, RequestFault};
use supabase_client::call::{AttemptOutcome, CallStatus};

use crate::running::{Running, eventually};
use crate::support::demo_calls;

/// The machine's time, with pauses a tenth as long.
struct HurriedClock;

impl Clock for HurriedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(pause / 10)
    }
}

/// One recorded call that is over.
fn one_call() -> Ledger {
    let mut call = LedgerCall::new("recorded", Utc::now() - TimeDelta::minutes(5), Duration::from_secs(60));
    call.recording = Some(demo_calls().join("call4_gift_card.mp3"));
    Ledger::from_iter([call])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_hand_is_given_back_unpenalised() {
    let running = Running::with_clock(one_call(), Arc::new(HurriedClock)).await;
    running.simulator.faults().recording("recorded", 1, RecordingFault::Slow { bytes_per_second: 1_000 });
    let (ingest, vault) = (running.start_ingest(DEMO_TOKEN), running.start_vault());
    running.wait_for("recorded", CallStatus::Downloading).await;

    running.context.stop.cancel();
    ingest.await.unwrap().unwrap();
    vault.await.unwrap();
    let call = running.the_call("recorded").await.unwrap();
    assert_eq!((call.status, &call.last_error), (CallStatus::Pending, &None));
    let page = running.reviewer.call_page(call.call_id).await.unwrap().unwrap();
    let outcomes: Vec<_> = page.history.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [Some(AttemptOutcome::Released)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_nearly_done_is_finished() {
    let running = Running::new(one_call()).await;
    // Half a second for the file.
    running.simulator.faults().recording("recorded", 1, RecordingFault::Slow { bytes_per_second: 300_000 });
    let (ingest, vault) = (running.start_ingest(DEMO_TOKEN), running.start_vault());
    eventually(|| async { (running.simulator.requests(Endpoint::Recording) == 1).then_some(()) }).await;

    running.context.stop.cancel();
    ingest.await.unwrap().unwrap();
    vault.await.unwrap();
    assert_eq!(running.the_call("recorded").await.unwrap().status, CallStatus::Downloaded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_ends_the_lane() {
    let running = Running::new(one_call()).await;
    let ending = running.start_ingest("wrong").await.unwrap();
    assert!(matches!(ending, Err(Stopped::TokenRefused)), "{ending:?}");
    assert_eq!(running.simulator.requests(Endpoint::Columns), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_ringba_is_sat_out() {
    let running = Running::with_clock(one_call(), Arc::new(HurriedClock)).await;
    let down = RequestFault::Status { status: 503, retry_after_s: Some(1) };
    running.simulator.faults().next(Endpoint::Columns, 2, down.clone());
    running.simulator.faults().next(Endpoint::CallLogs, 2, down);
    running.start_ingest(DEMO_TOKEN);
    running.wait_for("recorded", CallStatus::Pending).await;
}
