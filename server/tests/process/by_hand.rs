//! `callscript-server calls …`, `pause` and `resume`: what operators do by hand.

use std::process::Output;

use chrono::{TimeDelta, Utc};
use ringba_simulator::{Endpoint, Ledger, Options, RecordingFault, Simulator};
use serde_json::Value;
use supabase_client::by_hand::LogRecord;
use supabase_client::call::{AttemptOutcome, CallId, CallStatus};
use supabase_client::http::{Api, Error, Failure, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_local::{SECRET_KEY, Stack};

use crate::scene::{eventually, recorded_call, repository, reviewer, until_call};
use crate::server::{Server, program, settings};

struct Scene {
    stack: Stack,
    ringba: Simulator,
    /// The lanes.
    api: Api,
}

impl Scene {
    async fn new(ledger: Ledger) -> Self {
        let stack = Stack::for_test(repository("supabase")).await.unwrap();
        let config = SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: SECRET_KEY.into() };
        let api = Supabase::new(config).unwrap().as_service();
        Self { stack, ringba: Simulator::start(ledger, Options::default()).await.unwrap(), api }
    }

    /// What a command prints and how it ends.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut program = program(arguments, &settings(&self.stack.api_url(), &self.ringba));
        program.env_remove("SUDO_USER").env("USER", "anna").env("CALLSCRIPT_SERVER_NAME", "ops1");
        let Output { status, stdout, stderr } = program.output().unwrap();
        let told = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
        println!("$ {}\n{told}", arguments.join(" "));
        assert!(!told.contains(SECRET_KEY), "a secret is told");
        (status.code(), told)
    }

    /// The same for machines.
    fn json(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let (code, told) = self.run(&[arguments, &["--json"]].concat());
        (code, serde_json::from_str(&told).unwrap())
    }

    /// A call that waits for the vault.
    async fn pending(&self, id: &str, campaign: &str) {
        let record = CallRecord {
            ringba_call_id: Some(id.to_owned()),
            start_time_utc: Some(Utc::now()),
            completed_at: Some(Utc::now() + TimeDelta::seconds(1)),
            campaign_name: Some(campaign.to_owned()),
            has_recording: Some(true),
            audio_url: Some(format!("http://{}/no/{id}.mp3", self.ringba.address())),
            ..CallRecord::default()
        };
        self.api.ingest_calls("RA1", vec![record]).await.unwrap();
    }

    /// The vault gives up everything that waits for it.
    async fn fail_all(&self, code: &str) {
        for call in self.api.claim(Lane::Vault, "holder", 100).await.unwrap() {
            let failure = Failure { sentence: "It broke.", code: Some(code), permanent: true };
            self.api.fail(call.lease_token, failure).await.unwrap();
        }
    }

    /// Number and state of a call.
    async fn call(&self, id: &str) -> (CallId, CallStatus) {
        let record = self.api.call_record(id).await.unwrap();
        (record.line.call_id, record.line.status)
    }

    /// What the log says that people did with a call; the lanes write into it, too.
    async fn by_hand(&self, id: &str) -> Vec<LogRecord> {
        let record = self.api.call_record(id).await.unwrap();
        record.log.into_iter().filter(|line| line.lane == "web").collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_chosen_by_id_by_filter_and_by_lane() {
    let scene = Scene::new(Ledger::default()).await;
    for (id, campaign) in [("a1", "Spring"), ("a2", "Spring"), ("a3", "Autumn")] {
        scene.pending(id, campaign).await;
    }
    scene.fail_all("not_audio").await;
    for (id, campaign) in [("b1", "Spring"), ("b2", "Autumn")] {
        scene.pending(id, campaign).await;
    }
    scene.fail_all("too_large").await;
    scene.pending("waits", "Autumn").await;

    // One way to choose, and nothing by mistake.
    for wrong in [
        &["calls", "retry"][..],
        &["calls", "retry", "--lane", "vault"],
        &["calls", "retry", "1", "--lane", "vault", "--all"],
        &["calls", "retry", "1", "--kind", "not_audio"],
        &["calls", "retry", "--lane", "vault", "--all", "--kind", "not_audio"],
        &["calls", "retry", "--all"],
        &["calls", "fail", "1"],
        &["calls", "retry", "--lane", "ingest", "--all"],
        &["pause", "web"],
    ] {
        assert_eq!(scene.run(wrong).0, Some(2), "{wrong:?}");
    }

    // A trial tells what would be, and changes nothing.
    let (number, _) = scene.call("a1").await;
    let trial = ["calls", "retry", "a2", &number.to_string(), "waits", "nobody", "--dry-run"];
    let before = scene.api.call_counts().await.unwrap();
    let (code, told) = scene.run(&trial);
    assert_eq!(code, Some(1));
    for words in [
        &format!("call {number} (a1): failed → pending")[..],
        "REFUSED call nobody: There is no call nobody.",
        "(waits): Only a failed call can be tried again; this one is pending.",
        "A trial, nothing was changed. 2 calls would be given back to the lane, 2 refused.",
    ] {
        assert!(told.contains(words), "{words:?} is missing");
    }
    assert_eq!(scene.api.call_counts().await.unwrap(), before);
    assert_eq!(scene.by_hand("a1").await, [], "nor is there anything in the log");

    // By id: as the trial said, with who did it.
    let (code, told) = scene.json(&trial[..trial.len() - 1]);
    assert_eq!((code, &told["done"], &told["refused"]), (Some(1), &2.into(), &2.into()));
    let log = scene.by_hand("a1").await;
    let [line] = log.as_slice() else { panic!("one line of the log: {log:?}") };
    assert_eq!((line.event.as_str(), &line.data["by"]), ("call_retried", &"anna@ops1".into()));

    // By filter.
    let of_kind = ["calls", "retry", "--lane", "vault", "--kind", "too_large", "--campaign", "Spring"];
    let (code, told) = scene.json(&of_kind);
    assert_eq!((code, &told["done"], &told["refused"]), (Some(0), &1.into(), &0.into()));
    assert_eq!(told["calls_done"][0]["ringba_call_id"], "b1");
    assert!(scene.run(&of_kind).1.contains("No call fits."));

    // The whole lane.
    let (code, told) = scene.json(&["calls", "retry", "--lane", "vault", "--all", "--by", "Bert"]);
    assert_eq!((code, &told["done"], &told["by"]), (Some(0), &2.into(), &"Bert".into()));
    for id in ["a1", "a2", "a3", "b1", "b2", "waits"] {
        assert_eq!(scene.call(id).await.1, CallStatus::Pending, "{id}");
    }
    assert_eq!(scene.by_hand("a3").await[0].data["by"], "Bert");

    // Given up with a reason.
    let (code, _) =
        scene.json(&["calls", "fail", "--lane", "vault", "--campaign", "Autumn", "--reason", "A test call."]);
    assert_eq!(code, Some(0));
    let (code, told) = scene.run(&["calls", "show", "b2"]);
    assert_eq!(code, Some(0));
    assert!(told.contains("failed since") && told.contains("A test call. [given_up]"), "{told}");
    assert!(told.contains("call_given_up") && told.contains("anna@ops1"), "{told}");
    let (code, told) = scene.run(&["calls", "show", "--lane", "vault", "--all", "--most", "2"]);
    assert!(code == Some(0) && told.contains("6 calls fit, 2 shown."), "{told}");
    assert_eq!(scene.run(&["calls", "show", "nobody"]).0, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_call_is_taken_from_its_holder() {
    let scene = Scene::new(Ledger::from_iter([recorded_call("slow")])).await;
    scene.pending("held", "Spring").await;
    let held = scene.api.claim(Lane::Vault, "hanging", 1).await.unwrap().remove(0);
    let (code, told) = scene.json(&["calls", "show", "held"]);
    assert_eq!((code, &told["calls"][0]["holder"]), (Some(0), &"hanging".into()));
    let (code, told) = scene.json(&["calls", "release", "--lane", "vault", "--all"]);
    assert_eq!((code, &told["calls_done"][0]["status"]), (Some(0), &"pending".into()));
    assert_eq!(scene.run(&["calls", "release", "held"]).0, Some(1), "nobody holds it any more");
    let stored = StoredRecording {
        storage_path: "RA1/held.mp3".to_owned(),
        bytes: 1_000,
        sha256: "a".repeat(64),
        content_type: "audio/mpeg".to_owned(),
    };
    let late = scene.api.complete_download(held.lease_token, &stored).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    assert_eq!(scene.call("held").await.1, CallStatus::Pending);

    // Paused, the lane claims nothing; resumed, the next one gets it, and the failures are what they were.
    let (code, told) = scene.json(&["pause", "vault"]);
    assert_eq!((code, &told["paused_by"], &told["changed"]), (Some(0), &"anna@ops1".into(), &true.into()));
    let (code, told) = scene.run(&["pause", "vault"]);
    assert!(code == Some(0) && told.contains("was paused already, since 20"), "{told}");
    assert_eq!(scene.api.claim(Lane::Vault, "next", 1).await.unwrap(), []);
    assert!(scene.run(&["doctor"]).1.contains("the lane vault is paused since 20"));
    assert!(scene.run(&["resume", "vault"]).1.contains("The lane vault works again."));
    let next = scene.api.claim(Lane::Vault, "next", 1).await.unwrap().remove(0);
    assert_eq!((next.ringba_call_id.as_str(), next.attempts), ("held", 0));
    scene.api.complete_download(next.lease_token, &stored).await.unwrap();

    // From a server that is at work on it, too: it begins anew, and the call is kept once.
    scene.ringba.faults().recording("slow", 1, RecordingFault::Slow { bytes_per_second: 1_000 });
    let _server = Server::start(&settings(&scene.stack.api_url(), &scene.ringba));
    let people = reviewer(&scene.stack.api_url()).await;
    let call = until_call(&people, "slow", CallStatus::Downloading).await;
    assert_eq!(scene.run(&["calls", "release", "slow"]).0, Some(0));
    until_call(&people, "slow", CallStatus::Downloaded).await;
    let page = people.call_page(call.call_id).await.unwrap().unwrap();
    let outcomes: Vec<_> = page.history.iter().filter_map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Released, AttemptOutcome::Accepted]);
    let twice = scene.api.criteria().await.unwrap().into_iter().find(|criterion| criterion.criterion == 3);
    assert!(twice.is_some_and(|criterion| criterion.holds), "nothing was done twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_asks_ringba_for_nothing_while_ingest_and_reconcile_are_paused() {
    let scene = Scene::new(Ledger::from_iter([recorded_call("read-later")])).await;
    let (code, told) = scene.run(&["pause", "watchdog"]);
    assert!(code == Some(2) && told.contains("the watchdog cannot be paused: it is the alarm"), "{told}");
    for lane in ["ingest", "reconcile"] {
        let (code, told) = scene.json(&["pause", lane]);
        assert_eq!(
            (code, &told["paused_by"], &told["changed"]),
            (Some(0), &"anna@ops1".into(), &true.into())
        );
    }
    let asked = || {
        [Endpoint::Columns, Endpoint::CallLogs, Endpoint::Detail, Endpoint::Insights]
            .map(|endpoint| scene.ringba.requests(endpoint))
    };

    // A server that starts meanwhile is alive, and does what is not paused: the link leads nowhere.
    scene.pending("known-before", "Spring").await;
    let _server = Server::start(&settings(&scene.stack.api_url(), &scene.ringba));
    let people = reviewer(&scene.stack.api_url()).await;
    until_call(&people, "known-before", CallStatus::Failed).await;
    eventually(|| async { (scene.api.metrics().await.unwrap().servers_alive == 1).then_some(()) }).await;
    assert_eq!(asked(), [0; 4]);
    let told = scene.run(&["doctor"]).1;
    for lane in ["ingest", "reconcile"] {
        assert!(told.contains(&format!("the lane {lane} is paused since 20")), "{told}");
    }

    // Each goes on by itself.
    assert!(scene.run(&["resume", "ingest"]).1.contains("The lane ingest works again."));
    until_call(&people, "read-later", CallStatus::Downloaded).await;
    let columns = asked()[0];
    assert_eq!(columns, 1, "reconcile is still paused");
    assert!(scene.run(&["resume", "reconcile"]).1.contains("The lane reconcile works again."));
    eventually(|| async { (asked()[0] > columns).then_some(()) }).await;
}
