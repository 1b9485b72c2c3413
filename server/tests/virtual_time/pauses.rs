//! Paused, ingest and reconcile ask Ringba for nothing; resumed, they catch up.

use std::time::{Duration, Instant};

use callscript_server::lanes::clock::Clock as _;
use callscript_server::lanes::{ingest, reconcile};
use chrono::{DateTime, TimeDelta, Utc};
use ringba_simulator::{Endpoint, Ledger, LedgerCall};
use supabase_client::http::Api;
use supabase_client::lane::PausableLane;
use supabase_client::queue::QueueFilter;

use crate::lanes::{Lanes, PACE, stack};

/// Longer than it takes any of ingest's loops to ask for something, on the clock that moves by itself.
const QUIET: TimeDelta = TimeDelta::minutes(12);
/// Ends a test that waits for nothing.
const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A call every seven minutes for five hours, and one that is live all the time.
fn calls(begins: DateTime<Utc>) -> Ledger {
    let call = |minute: i64| {
        let start = begins + TimeDelta::minutes(minute);
        LedgerCall::new(format!("minute-{minute}"), start, Duration::from_secs(30))
    };
    let live = LedgerCall::new("live", begins, Duration::from_hours(12));
    (0..300).step_by(7).map(call).chain([live]).collect()
}

async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "what the test waits for did not happen");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

async fn pause(api: &Api, lane: PausableLane, paused: bool) {
    assert!(api.set_pause(lane, paused, Some("test")).await.unwrap().changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_meanwhile_and_nothing_is_lost() {
    let (stack, api) = stack().await;
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), calls).await;
    let begins = lanes.clock.now();
    let asked =
        || [Endpoint::CallLogs, Endpoint::Detail, Endpoint::Columns].map(|at| lanes.simulator.requests(at));
    let ingests = async || api.criteria().await.unwrap().iter().any(|is| is.criterion == 1 && is.holds);
    let running = tokio::spawn(ingest::run(lanes.context.clone(), lanes.reader.clone(), PACE));
    eventually(async || {
        lanes.clock.now() > begins + TimeDelta::minutes(45) && asked()[1] > 0 && ingests().await
    })
    .await;

    // Paused while it runs: what is in hand ends, and then it is quiet.
    pause(&api, PausableLane::Ingest, true).await;
    eventually(async || {
        let (before, since) = (asked(), lanes.clock.now());
        eventually(async || lanes.clock.now() > since + QUIET).await;
        asked() == before
    })
    .await;
    assert!(!ingests().await, "a paused lane is behind, and the promise says so");
    lanes.clock.advance(Duration::from_hours(4)).await;
    let ledger = lanes.simulator.ledger();
    let over = |begins: DateTime<Utc>| ledger.calls().filter(|call| call.start < begins).count();
    assert!(over(lanes.clock.now()) > 40);

    pause(&api, PausableLane::Ingest, false).await;
    eventually(async || {
        let kept = api.queue_page(&QueueFilter::default(), None, 100).await.unwrap().into_calls().len();
        ingests().await && kept == over(lanes.clock.now())
    })
    .await;
    lanes.context.stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_books_are_compared_meanwhile() {
    let (stack, api) = stack().await;
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), calls).await;
    for _ in 0..12 {
        lanes.clock.advance(Duration::from_mins(15)).await;
        lanes.round().await;
    }
    pause(&api, PausableLane::Reconcile, true).await;
    let pass = reconcile::pass(&lanes.context, &lanes.reader).await.unwrap();
    assert_eq!((pass.hours, lanes.simulator.requests(Endpoint::Insights)), (0, 0));
    pause(&api, PausableLane::Reconcile, false).await;
    let pass = reconcile::pass(&lanes.context, &lanes.reader).await.unwrap();
    assert!(pass.hours > 0 && pass.differing == 0, "{pass:?}");
}
