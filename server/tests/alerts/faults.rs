//! Every fault that the watchdog knows, caused and mended: one message within 90 seconds, one about its end, and
//! nothing twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callscript_server::lanes::clock::SystemClock;
use callscript_server::lanes::ingest::{self, Pace};
use callscript_server::lanes::judge::model::endpoint::EndpointSettings;
use callscript_server::lanes::judge::model::tokens::Vocabulary;
use callscript_server::lanes::judge::model::{Model, ModelSettings, Prices, RequestLimits};
use callscript_server::lanes::judge::{self, Judge};
use callscript_server::lanes::vault::Vault;
use callscript_server::lanes::vault::checks::Destinations;
use callscript_server::lanes::vault::fetch::{FetchLimits, Fetcher};
use callscript_server::lanes::{Context, audit, claims, reconcile};
use chrono::{DateTime, TimeDelta, Utc};
use figures::Figure;
use futures::stream;
use model_simulator::{Behaviour, DEMO_KEY, DEMO_MODEL, Fault};
use ringba_simulator::{ALWAYS, DEMO_ACCOUNT, Endpoint, Ledger, LedgerCall, RecordingFault, RequestFault};
use supabase_client::call::{CallId, CallStatus};
use supabase_client::ingest::CallRecord;
use supabase_client::model_use::ModelLimits;
use tokio::task::JoinHandle;

use crate::scene::{APP, IN_TIME, Scene, demo_calls};

/// Of the seed's vertical aca.
const JUDGED_RULE: &str = "income_misstated";
const ACA: &str = "ACA Health Insurance";
/// No vertical's: judged by the common rules.
const OTHER: &str = "Other";

/// Times from the crossing of a limit to the message, by kind.
#[derive(Default)]
struct Told(Vec<(&'static str, Duration)>);

impl Told {
    /// Waits for the message about a fault that has just been caused.
    async fn began(&mut self, scene: &Scene, title: &'static str, crossed: Instant) {
        let after = scene.until_told(title, false, crossed).await;
        println!("{title}: told after {:.1} s", after.as_secs_f64());
        self.0.push((title, after));
    }
}

async fn over(scene: &Scene, title: &str) {
    scene.until_told(title, true, Instant::now()).await;
}

/// A lane that runs until it is stopped.
struct Lane {
    context: Context,
    task: JoinHandle<()>,
}

impl Lane {
    async fn stop(self) {
        self.context.stop.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_told_once_and_its_end_as_well() {
    let mut scene = Scene::new(ledger()).await;
    let mut told = Told::default();
    scene.start_watchdog();

    calls_are_stuck(&scene, &mut told).await;
    flags_are_late(&scene, &mut told).await;
    ingest_is_behind(&scene, &mut told).await;
    a_payout_differs(&scene, &mut told).await;
    a_recording_is_gone(&scene, &mut told).await;
    audio_is_lost(&scene, &mut told).await;
    a_call_is_a_dead_letter(&scene, &mut told).await;
    the_judge_is_away(&scene, &mut told).await;
    the_budget_is_spent(&scene, &mut told).await;
    the_worker_stops(&scene, &mut told).await;
    storage_fills(&scene, &mut told).await;
    the_database_is_troubled(&scene, &mut told).await;
    the_server_is_silent(&mut scene, &mut told).await;

    scene.until_all_is_told().await;
    let messages = scene.slack.delivered();
    let repeated: usize = told
        .0
        .iter()
        .map(|(title, _)| [false, true].map(|is_over| scene.told(title, is_over).len().abs_diff(1)))
        .map(|[begun, over]| begun + over)
        .sum();
    let strays: Vec<&str> = messages
        .iter()
        .map(slack_simulator::Delivered::text)
        .filter(|text| {
            text.contains("Worse: ")
                || !text.is_empty() && !told.0.iter().any(|(title, _)| text.contains(title))
        })
        .filter(|text| !text.contains("end_of_the_test"))
        .collect();
    assert_eq!(strays, Vec::<&str>::new());
    let in_time = told.0.iter().filter(|(_, after)| *after <= IN_TIME).count();
    let figures = [
        Figure::equal("alerts_within_90_s", in_time as f64, told.0.len() as f64),
        Figure::equal("alerts_repeated", repeated as f64, 0.0),
    ];
    figures.iter().for_each(Figure::print);
    assert!(figures.iter().all(Figure::holds), "{:#?}", scene.texts());
}

/// Calls of the hour before the last, whose books are closed, and a recorded one.
fn ledger() -> Ledger {
    let hour = old_hour();
    let mut calls: Vec<LedgerCall> = (0..3)
        .map(|n| LedgerCall::new(format!("old {n}"), hour + TimeDelta::minutes(n), Duration::from_secs(30)))
        .collect();
    let mut gone = LedgerCall::new("gone", Utc::now() - TimeDelta::minutes(2), Duration::from_secs(60));
    gone.recording = Some(demo_calls().join("call4_gift_card.mp3"));
    calls.push(gone);
    calls.into_iter().collect()
}

fn old_hour() -> DateTime<Utc> {
    let hours = Utc::now().timestamp().div_euclid(3_600) - 2;
    DateTime::from_timestamp(hours * 3_600, 0).unwrap()
}

/// The queue fills and nobody works; then somebody does.
async fn calls_are_stuck(scene: &Scene, told: &mut Told) {
    scene.stack.watch_for("calls_stuck", 5.0, Duration::from_millis(500)).await;
    for n in 0..5 {
        scene.pending_call(&format!("stuck {n}"), OTHER).await;
    }
    told.began(scene, "Calls are stuck", Instant::now()).await;
    let text = scene.told("Calls are stuck", false)[0].text().to_owned();
    for part in [
        "5 calls wait for the lane vault",
        "Since 20",
        "How many: 5 calls",
        "What to do: Look at the lane",
        &format!("<{APP}?state=in_progress|Open in CallScript>"),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // One lane after the other, before a call is stuck in the next.
    scene.stack.watch_for("calls_stuck", 5.0, Duration::from_mins(5)).await;
    work_all_off(scene).await;
    over(scene, "Calls are stuck").await;
    scene.stack.stop_watching_for("calls_stuck").await;
}

/// A call has ended, and nobody works.
async fn flags_are_late(scene: &Scene, told: &mut Told) {
    scene.stack.watch_for("flags_late", 1.0, Duration::ZERO).await;
    scene.pending_call("late", OTHER).await;
    told.began(scene, "Flags are late", Instant::now() + Duration::from_secs(1)).await;
    work_all_off(scene).await;
    over(scene, "Flags are late").await;
    scene.stack.stop_watching_for("flags_late").await;
}

/// Ringba answers no more; then it does.
async fn ingest_is_behind(scene: &Scene, told: &mut Told) {
    let context = scene.context();
    let pace = Pace { every: Duration::from_secs(1), window: TimeDelta::minutes(15) };
    let (running, reader) = (context.clone(), scene.reader(&context));
    let task = tokio::spawn(async move { ingest::run(running, reader, pace).await.unwrap() });
    let lane = Lane { context, task };
    scene.ringba.requested(Endpoint::CallLogs, 3).await;
    scene.stack.watch_for("ingest_behind", 5.0, Duration::ZERO).await;
    let down = RequestFault::Status { status: 503, retry_after_s: None };
    scene.ringba.faults().next(Endpoint::CallLogs, ALWAYS, down);
    told.began(scene, "Ingest is behind", Instant::now() + Duration::from_secs(5)).await;
    scene.ringba.faults().clear();
    over(scene, "Ingest is behind").await;
    scene.stack.stop_watching_for("ingest_behind").await;
    lane.stop().await;
}

/// Money that Ringba does not know of; then it does.
async fn a_payout_differs(scene: &Scene, told: &mut Told) {
    let context = scene.context();
    let reader = scene.reader(&context);
    scene.stack.account_is_read_since(DEMO_ACCOUNT, Duration::from_hours(3)).await;
    let start = old_hour() + TimeDelta::minutes(30);
    let ghost = CallRecord {
        ringba_call_id: Some("ghost".to_owned()),
        start_time_utc: Some(start),
        payout: Some("7.25".to_owned()),
        ..CallRecord::default()
    };
    scene.api.ingest_calls(DEMO_ACCOUNT, vec![ghost]).await.unwrap();
    let crossed = Instant::now();
    assert_eq!(reconcile::pass(&context, &reader).await.unwrap().differing, 1);
    told.began(scene, "The books differ from Ringba's", crossed).await;
    let found = |ledger: &mut Ledger| {
        let mut call = LedgerCall::new("ghost", start, Duration::from_secs(30));
        call.payout = "7.25".parse().unwrap();
        ledger.add(call);
    };
    scene.ringba.change_ledger(found).unwrap();
    assert_eq!(reconcile::pass(&context, &reader).await.unwrap().differing, 0);
    over(scene, "The books differ from Ringba's").await;
}

/// The link is broken; then Ringba gives another.
async fn a_recording_is_gone(scene: &Scene, told: &mut Told) {
    scene.ringba.faults().recording("gone", 1, RecordingFault::Missing);
    let context = scene.context();
    let destinations =
        Destinations { allowed: Vec::new(), plain_http: vec![scene.ringba.address().to_string()] };
    let limits = FetchLimits { largest_bytes: 10_000_000, per_host: 4 };
    let fetcher = Fetcher::new(destinations, None, limits).unwrap();
    let vault = Vault { api: scene.api.clone(), fetcher };
    let lane = Lane { context: context.clone(), task: tokio::spawn(claims::run(context, vault, 4)) };
    told.began(scene, "Recordings are gone at Ringba", Instant::now()).await;
    for group in scene.api.failed_calls().await.unwrap() {
        for call in group.newest {
            scene.api.retry_call(call.call_id).await.unwrap();
        }
    }
    over(scene, "Recordings are gone at Ringba").await;
    lane.stop().await;
}

/// Objects that were never stored, or were taken away; then they are put there. The recording of the test before is
/// really kept.
async fn audio_is_lost(scene: &Scene, told: &mut Told) {
    let crossed = Instant::now();
    assert!(audit::turn(&scene.context()).await.unwrap() > 1);
    told.began(scene, "Recordings are lost", crossed).await;
    for kept in scene.api.recordings_after(CallId(0), 100).await.unwrap() {
        if kept.storage_path.starts_with("RA1/") {
            let body = stream::iter([Ok(vec![0; 1_000].into())]);
            scene.api.storage().upload(&kept.storage_path, "audio/mpeg", Some(1_000), body).await.unwrap();
        }
    }
    audit::everything(&scene.api, audit::Depth::Size, |_, _| panic!("it was put there")).await.unwrap();
    over(scene, "Recordings are lost").await;
}

/// A worker gives a call up; then somebody has it tried again.
async fn a_call_is_a_dead_letter(scene: &Scene, told: &mut Told) {
    work_all_off(scene).await;
    scene.stack.watch_for("dead_letters", 1.0, Duration::ZERO).await;
    scene.pending_call("dead", OTHER).await;
    scene.store_all().await;
    let call = scene.fail_one().await;
    told.began(scene, "Calls have failed", Instant::now()).await;
    scene.api.retry_call(call).await.unwrap();
    over(scene, "Calls have failed").await;
    scene.stack.stop_watching_for("dead_letters").await;
    work_all_off(scene).await;
}

/// The endpoint fails; then it answers.
async fn the_judge_is_away(scene: &Scene, told: &mut Told) {
    let endpoint = endpoint().await;
    scene.stack.enable_rule("aca", JUDGED_RULE).await;
    endpoint.faults().always(Fault::Status { status: 503 });
    for n in 0..4 {
        scene.pending_call(&format!("unasked {n}"), ACA).await;
    }
    scene.store_all().await;
    scene.transcribe_all().await;
    let lane = start_judge(scene, &endpoint, ModelLimits::default());
    told.began(scene, "The judge's endpoint does not answer", Instant::now()).await;
    endpoint.faults().clear();
    scene.pending_call("asked", ACA).await;
    scene.store_all().await;
    scene.transcribe_all().await;
    over(scene, "The judge's endpoint does not answer").await;
    lane.stop().await;
}

/// The day's tokens are used up; then the limit is raised.
async fn the_budget_is_spent(scene: &Scene, told: &mut Told) {
    let endpoint = endpoint().await;
    let crossed = Instant::now();
    let lane = start_judge(scene, &endpoint, ModelLimits { tokens_per_day: Some(1), usd_per_day: None });
    scene.pending_call("too dear", ACA).await;
    scene.store_all().await;
    scene.transcribe_all().await;
    told.began(scene, "The judge's budget is spent", crossed).await;
    lane.stop().await;
    let lane = start_judge(scene, &endpoint, ModelLimits::default());
    scene.pending_call("cheap", ACA).await;
    scene.store_all().await;
    scene.transcribe_all().await;
    over(scene, "The judge's budget is spent").await;
    lane.stop().await;
}

/// A worker asks for calls, stops, and starts again. Its signs of life are kept to 20 seconds.
async fn the_worker_stops(scene: &Scene, told: &mut Told) {
    const LIMIT: Duration = Duration::from_secs(22);
    scene.transcribe_all().await;
    scene.stack.watch_for("no_worker", LIMIT.as_secs_f64(), Duration::ZERO).await;
    let crossed = Instant::now() + LIMIT;
    told.began(scene, "No worker is alive", crossed).await;
    scene.transcribe_all().await;
    over(scene, "No worker is alive").await;
    scene.stack.stop_watching_for("no_worker").await;
}

/// A plan that is too small; then it is enlarged.
async fn storage_fills(scene: &Scene, told: &mut Told) {
    scene.stack.watch_for("storage_near_limit", 1e-9, Duration::ZERO).await;
    told.began(scene, "Storage is nearly full", Instant::now()).await;
    scene.stack.watch_for("storage_near_limit", 90.0, Duration::ZERO).await;
    over(scene, "Storage is nearly full").await;
    scene.stack.watch_for("database_near_limit", 1e-9, Duration::ZERO).await;
    told.began(scene, "The database is nearly full", Instant::now()).await;
    scene.stack.watch_for("database_near_limit", 7.0, Duration::ZERO).await;
    over(scene, "The database is nearly full").await;
}

/// Somebody takes too many connections, and leaves a transaction open.
async fn the_database_is_troubled(scene: &Scene, told: &mut Told) {
    let limit = scene.stack.connections_taken_percent().await + 15.0;
    scene.stack.watch_for("connections_near_limit", limit, Duration::ZERO).await;
    let taken = scene.stack.take_connections(25).await;
    told.began(scene, "Connections run out", Instant::now()).await;
    taken.close().await;
    over(scene, "Connections run out").await;
    scene.stack.stop_watching_for("connections_near_limit").await;

    let open = scene.stack.leave_transaction_open().await;
    scene.stack.watch_for("old_transaction", 2.0, Duration::ZERO).await;
    told.began(scene, "A transaction is too old", Instant::now() + Duration::from_secs(2)).await;
    drop(open);
    over(scene, "A transaction is too old").await;
    scene.stack.stop_watching_for("old_transaction").await;
}

/// No server is there to send anything: `pg_cron` notices, and the next server tells.
async fn the_server_is_silent(scene: &mut Scene, told: &mut Told) {
    scene.stop_watchdogs().await;
    scene.stack.watch_for("server_silent", 0.001, Duration::ZERO).await;
    scene.stack.run_scheduled_work().await;
    scene.stack.watch_for("server_silent", 180.0, Duration::ZERO).await;
    let open = scene.api.open_alerts().await.unwrap();
    assert!(open.iter().any(|alert| alert.kind == "server_silent"), "{open:#?}");
    let crossed = Instant::now();
    scene.start_watchdog();
    told.began(scene, "The server is silent", crossed).await;
    over(scene, "The server is silent").await;
}

/// Every lane does what waits for it; the judge without a language model.
async fn work_all_off(scene: &Scene) {
    scene.store_all().await;
    scene.transcribe_all().await;
    let context = scene.context();
    let judge = Judge { api: scene.api.clone(), model: None };
    let lane = Lane { context: context.clone(), task: tokio::spawn(claims::run(context, judge, 4)) };
    let waiting = async || {
        let counts = scene.api.call_counts().await.unwrap();
        let behind_the_vault =
            [CallStatus::Downloaded, CallStatus::Processing, CallStatus::Transcribed, CallStatus::Judging];
        counts.iter().filter(|count| count.calls > 0 && behind_the_vault.contains(&count.status)).count()
    };
    let done = async {
        while waiting().await > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), done).await.expect("all calls are judged");
    lane.stop().await;
}

async fn endpoint() -> model_simulator::Simulator {
    let options = model_simulator::Options { behaviour: Behaviour::default(), ..Default::default() };
    model_simulator::Simulator::start(options).await.unwrap()
}

fn start_judge(scene: &Scene, endpoint: &model_simulator::Simulator, per_day: ModelLimits) -> Lane {
    let settings = ModelSettings {
        endpoint: EndpointSettings {
            url: endpoint.base_url().parse().unwrap(),
            key: Some(DEMO_KEY.into()),
            model: DEMO_MODEL.to_owned(),
            timeout: Duration::from_secs(10),
        },
        vocabulary: Vocabulary::O200kBase,
        limits: RequestLimits { request_tokens: 4_000, answer_tokens: 800 },
        requests: 8,
        prices: Prices { usd_per_million_tokens_in: 2.into(), usd_per_million_tokens_out: 8.into() },
        per_day,
        mask: true,
    };
    let model = Model::new(scene.api.clone(), settings, Arc::new(SystemClock)).unwrap();
    let judge = Judge { api: scene.api.clone(), model: Some(Arc::new(model)) };
    let context = scene.context();
    let running = context.clone();
    Lane { context, task: tokio::spawn(async move { Box::pin(judge::run(running, judge, 1)).await }) }
}
