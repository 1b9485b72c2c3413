//! Recordings whose age is over leave Storage, whatever happens meanwhile, and those under a legal hold stay.

use std::time::Duration;

use bytes::Bytes;
use call_truth::load_folder;
use callscript_server::lanes::audit::{Depth, everything};
use callscript_server::lanes::retention::{delete_all, turn};
use chrono::{TimeDelta, Utc};
use futures::stream;
use ringba_simulator::{DEMO_TOKEN, LedgerCall};
use rust_decimal::Decimal;
use supabase_client::call::{CallId, CallPage, CallStatus};
use supabase_client::http::Error;
use supabase_client::judgement::{Judgement, Verdict};
use supabase_client::lane::Lane;
use supabase_client::retention::AudioDeletion;
use supabase_client::review_copy::{ReviewCopy, review_copy_path};

use crate::running::Running;
use crate::support::demo_calls;

const DAY: Duration = Duration::from_hours(24);
const KEPT_FOR: Duration = Duration::from_hours(30 * 24);
const A_MINUTE_LATER: Duration = Duration::from_secs(61);
/// It is judged, and nothing is left to do about it.
const SETTLED: [&str; 5] = ["due", "held", "held late", "marked", "half done"];
/// It waits for a worker, so its recording is needed.
const WAITING: &str = "waiting";

/// Recorded calls, one of them not transcribed, and ages that are over for all of them.
struct Scene {
    running: Running,
    shift: Duration,
}

impl Scene {
    async fn new() -> Self {
        let ids = SETTLED.into_iter().chain([WAITING]);
        let ledger = ids.clone().map(|id| {
            let started = Utc::now() - TimeDelta::minutes(5);
            let mut call = LedgerCall::new(id, started, Duration::from_secs(60));
            call.recording = Some(demo_calls().join("call1_compliant_enrollment.mp3"));
            call
        });
        let running = Running::new(ledger.collect()).await;
        let ingest = running.start_ingest(DEMO_TOKEN);
        let vault = running.start_vault();
        for id in ids {
            running.wait_for(id, CallStatus::Downloaded).await;
        }
        ingest.abort();
        vault.abort();
        transcribe(&running).await;
        judge(&running).await;
        running.stack.keep_for("recordings", KEPT_FOR).await;
        let mut scene = Self { running, shift: Duration::ZERO };
        scene.later(DAY + KEPT_FOR).await;
        scene
    }

    async fn later(&mut self, by: Duration) {
        self.shift += by;
        self.running.stack.set_time_shift(self.shift).await;
    }

    async fn page(&self, id: &str) -> CallPage {
        let call = self.running.the_call(id).await.unwrap();
        self.running.reviewer.call_page(call.call_id).await.unwrap().unwrap()
    }

    async fn id(&self, id: &str) -> CallId {
        self.running.the_call(id).await.unwrap().call_id
    }

    /// How many of original and review copy are there.
    async fn objects(&self, id: &str) -> usize {
        let original = self.page(id).await.storage_path.unwrap();
        let storage = self.running.context.api.storage();
        let copy = storage.info(&review_copy_path(&original)).await.unwrap();
        usize::from(storage.info(&original).await.unwrap().is_some()) + usize::from(copy.is_some())
    }

    async fn hold(&self, id: &str) {
        self.running.context.api.hold_call(self.id(id).await, "Case 12").await.unwrap();
    }

    async fn audio_criterion_holds(&self) -> bool {
        let criteria = self.running.context.api.criteria().await.unwrap();
        criteria.into_iter().all(|criterion| criterion.criterion != 2 || criterion.holds)
    }

    /// How many recordings the audit looks for; none of them is missing.
    async fn audited(&self) -> usize {
        everything(&self.running.context.api, Depth::Size, |recording, why| {
            panic!("{recording:?} is missing: {why:?}")
        })
        .await
        .unwrap()
    }

    async fn is_told(&self) -> bool {
        let alerts = self.running.reviewer.open_alerts().await.unwrap();
        alerts.iter().any(|alert| alert.kind == "audio_not_deleted")
    }
}

/// Stands in for the worker, with a review copy.
async fn transcribe(running: &Running) {
    let labelled = load_folder(&demo_calls()).unwrap();
    let truth = labelled.iter().find(|call| call.recording.ends_with("call1_compliant_enrollment.mp3"));
    let transcript = truth.unwrap().truth.transcript();
    for call in running.worker.claim(Lane::Worker, "test", 100).await.unwrap() {
        if call.ringba_call_id == WAITING {
            running.worker.release(call.lease_token).await.unwrap();
            continue;
        }
        let path = review_copy_path(&call.storage_path.unwrap());
        let body = stream::iter([Ok(Bytes::from_static(b"sound"))]);
        running.worker.storage().upload(&path, "audio/mpeg", Some(5), body).await.unwrap();
        let copy =
            ReviewCopy { path, bytes: 5, sha256: "a".repeat(64), content_type: "audio/mpeg".to_owned() };
        running.worker.complete_transcription(call.lease_token, &transcript, Some(&copy)).await.unwrap();
    }
}

/// Stands in for the judge: nothing is wrong with any of them.
async fn judge(running: &Running) {
    let api = &running.context.api;
    for call in api.claim(Lane::Judge, "test", 100).await.unwrap() {
        let material = api.judge_material(call.call_id).await.unwrap();
        let judgement = Judgement {
            verdict: Verdict::Safe,
            ruleset_id: material.ruleset.ruleset_id,
            prompt_version: "test".to_owned(),
            judge_model: "phrases".to_owned(),
            returned_model: None,
            endpoint: None,
            flags: Vec::new(),
            rule_results: Vec::new(),
            refused_findings: Vec::new(),
            requests: 0,
            tokens_in: 0,
            tokens_out: 0,
            cost_usd: Decimal::ZERO,
        };
        api.complete_judgement(call.lease_token, &judgement).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_go_when_their_age_is_over_and_stay_under_a_hold() {
    let mut scene = Scene::new().await;
    let context = scene.running.context.clone();
    let storage = context.api.storage();
    scene.hold("held").await;

    // Storage fails: nothing is lost, nothing is missed, and somebody is told.
    scene.running.stack.break_deleting(true).await;
    assert_eq!(turn(&context).await.unwrap(), 0);
    for id in SETTLED {
        assert_eq!(scene.objects(id).await, 2, "{id}");
    }
    assert!(scene.page("due").await.audio_deleting_since.is_some(), "it is being deleted");
    assert_eq!(scene.audited().await, 2, "only what stays is looked for");
    assert!(!scene.is_told().await, "a failure that passes is none");
    scene.later(Duration::from_mins(11)).await;
    assert_eq!(turn(&context).await.unwrap(), 0);
    assert!(scene.is_told().await);
    scene.running.stack.break_deleting(false).await;

    // A server was killed: after marking, and after deleting without having said so.
    for path in [scene.page("half done").await.storage_path, scene.page("half done").await.review_path] {
        storage.delete(&path.unwrap()).await.unwrap();
    }
    assert!(scene.audio_criterion_holds().await, "what is being deleted is not missed");
    // And a hold came meanwhile.
    scene.hold("held late").await;
    scene.later(A_MINUTE_LATER).await;
    assert_eq!(turn(&context).await.unwrap(), 3, "the next server goes on");

    for (id, objects) in
        [("due", 0), ("marked", 0), ("half done", 0), ("held", 2), ("held late", 2), (WAITING, 1)]
    {
        assert_eq!(scene.objects(id).await, objects, "{id}");
        let page = scene.page(id).await;
        assert_eq!(
            (page.audio_deleting_since, page.audio_deleted_at.is_some()),
            (None, objects == 0),
            "{id}"
        );
        assert!(page.has_transcript || id == WAITING, "{id}");
        assert_eq!(page.legal_hold.is_some(), id.starts_with("held"), "{id}");
    }
    assert!(!scene.is_told().await, "it is over");
    assert_eq!(scene.audited().await, 3);
    assert!(scene.audio_criterion_holds().await);
    let refused = context.api.recording_to_play(scene.id("due").await).await.unwrap_err();
    assert!(refused.sentence().starts_with("The recording was deleted on "), "{refused}");
    scene.later(A_MINUTE_LATER).await;
    assert_eq!(turn(&context).await.unwrap(), 0, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_comes_before_the_first_delete_wins() {
    let mut scene = Scene::new().await;
    let context = scene.running.context.clone();
    let claimed = context.api.claim_audio_deletions(50).await.unwrap();
    assert_eq!(claimed.len(), SETTLED.len());
    assert!(claimed.iter().all(|recording| !recording.held), "nobody has told the server");
    scene.hold("held").await;
    let held = scene.page("held").await.storage_path.unwrap();
    assert!(matches!(context.api.storage().delete(&held).await, Err(Error::Forbidden)), "Storage refuses");
    assert_eq!(delete_all(&context, &claimed).await.unwrap(), SETTLED.len() - 1);
    assert_eq!(scene.objects("held").await, 2);
    let page = scene.page("held").await;
    assert_eq!((page.audio_deleting_since, page.audio_deleted_at), (None, None));

    // Lifted, the age holds again; the same answer given twice is one.
    context.api.lift_hold(page.call.call_id, "Case closed").await.unwrap();
    scene.later(A_MINUTE_LATER).await;
    let again: Vec<AudioDeletion> = context.api.claim_audio_deletions(50).await.unwrap();
    assert_eq!(again.len(), 1);
    for _ in 0..2 {
        assert_eq!(delete_all(&context, &again).await.unwrap(), 1);
    }
    assert_eq!(scene.objects("held").await, 0);
    assert_eq!(scene.audited().await, 1, "the call that waits for a worker");
}
