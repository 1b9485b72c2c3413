//! `callscript-server doctor`: five lines that hold on a healthy stack, and with each fault the right one does not. The
//! same is told at `/metrics`.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use futures::stream;
use ringba_simulator::{DEMO_ACCOUNT, Ledger, LedgerCall, Options, Simulator};
use secrecy::SecretString;
use serde_json::Value;
use supabase_client::books::HourTotals;
use supabase_client::call::{CallId, CallStatus};
use supabase_client::criterion::Criterion;
use supabase_client::http::{Api, AutoSession, Failure, Supabase, SupabaseConfig};
use supabase_client::lane::{ClaimedCall, Lane};
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};
use supabase_local::{PUBLISHABLE_KEY, SECRET_KEY, Stack};

use crate::scene::{eventually, get, repository, reviewer, until_call};
use crate::server::{Server, program, settings};

const CALLS: [&str; 2] = ["first", "second"];
const RECORDING: &str = "end2end/calls/call4_gift_card.mp3";

struct Scene {
    stack: Stack,
    settings: Vec<(&'static str, String)>,
    api: Api,
    worker: Api,
    _ringba: Simulator,
}

/// What `doctor` said: how it ended, and its lines.
struct Told {
    code: Option<i32>,
    lines: Vec<String>,
}

impl Told {
    /// The criteria that do not hold, by their numbers.
    fn broken(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.split_once(" BROKEN ")).map(|(number, _)| number).collect()
    }

    fn is_well(&self) -> bool {
        let held = self.lines.iter().filter(|line| line.contains(" holds ")).count();
        self.code == Some(0) && held == 5 && self.broken().is_empty()
    }
}

impl Scene {
    async fn new() -> Self {
        let stack = Stack::for_test(repository("supabase")).await.unwrap();
        // They have just ended: everything is done with them before their flags are late.
        let calls = CALLS.map(|id| {
            let mut call = LedgerCall::new(id, Utc::now() - Duration::from_secs(40), Duration::from_secs(20));
            call.recording = Some(repository(RECORDING));
            call
        });
        let ringba = Simulator::start(Ledger::from_iter(calls), Options::default()).await.unwrap();
        let supabase = |key: &str| {
            Supabase::new(SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: key.into() })
                .unwrap()
        };
        let people = supabase(PUBLISHABLE_KEY);
        let password = SecretString::from("callscript-local");
        let session = AutoSession::sign_in(&people, "worker@callscript.local".to_owned(), password).await;
        Self {
            settings: settings(&stack.api_url(), &ringba),
            api: supabase(SECRET_KEY).as_service(),
            worker: people.with_session(session.unwrap()),
            stack,
            _ringba: ringba,
        }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = program(arguments, &self.settings).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        println!("{arguments:?}\n{told}{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code(), told)
    }

    fn doctor(&self) -> Told {
        let (code, told) = self.run(&["doctor"]);
        Told { code, lines: told.lines().map(str::to_owned).collect() }
    }

    /// That the one line says so, and every other holds.
    #[track_caller]
    fn only(&self, number: &str, words: &str) {
        let told = self.doctor();
        assert_eq!((told.code, told.broken()), (Some(1), vec![number]), "{:#?}", told.lines);
        let line = told.lines.iter().find(|line| line.starts_with(number)).unwrap();
        assert!(line.contains(words), "{words:?} is not in {line}");
    }

    #[track_caller]
    fn well(&self) {
        let told = self.doctor();
        assert!(told.is_well(), "{:?} {:#?}", told.code, told.lines);
    }

    /// As a worker does; the judge of the server goes on with it.
    async fn transcribe(&self, call: &ClaimedCall) {
        self.worker.complete_transcription(call.lease_token, &transcript(), None).await.unwrap();
        eventually(|| async {
            let page = self.api.call_page(call.call_id).await.unwrap();
            page.filter(|page| page.qa_version.is_some())
        })
        .await;
    }

    async fn claim(&self) -> ClaimedCall {
        eventually(|| async { self.worker.claim(Lane::Worker, "test", 1).await.unwrap().pop() }).await
    }

    /// Says that Ringba counts as we do, but for so many calls.
    async fn compare(&self, hour: DateTime<Utc>, more: i64) {
        let ours = self.api.record_reconciliation(DEMO_ACCOUNT, hour, &HourTotals::default(), false).await;
        let HourTotals { calls, revenue, payout, cost } = ours.unwrap().ours;
        let ringba = HourTotals { calls: calls + more, revenue, payout, cost };
        let compared = self.api.record_reconciliation(DEMO_ACCOUNT, hour, &ringba, true).await.unwrap();
        assert_eq!(compared.matches, more == 0);
    }

    async fn criterion(&self, number: i32) -> Criterion {
        let criteria = self.api.criteria().await.unwrap();
        criteria.into_iter().find(|criterion| criterion.criterion == number).unwrap()
    }
}

fn transcript() -> Transcript {
    let words = (0..).zip("let us begin".split(' ')).map(|(place, text)| Word {
        text: text.to_owned(),
        start_ms: place * 100,
        end_ms: place * 100 + 90,
        probability: 0.9,
    });
    let segment = Segment {
        channel: 0,
        speaker: Speaker::Agent,
        start_ms: 0,
        end_ms: 1_000,
        words: words.collect(),
        doubts: Vec::new(),
    };
    Transcript {
        model: "test".to_owned(),
        language: "en".to_owned(),
        duration_ms: 1_000,
        segments: vec![segment],
        peaks: Vec::new(),
        unheard: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_which_promise_is_broken() {
    let scene = Scene::new().await;
    let mut server = Server::start(&scene.settings);
    let monitoring = server.address_of("metrics are at").await;
    let people = reviewer(&scene.stack.api_url()).await;
    for id in CALLS {
        until_call(&people, id, CallStatus::Downloaded).await;
    }
    let heard = scene.claim().await;
    scene.transcribe(&heard).await;
    scene.well();
    let metrics = get(&monitoring, "/metrics").await.unwrap().1;
    let told = metrics.lines().filter(|line| line.starts_with("callscript_criterion_holds{"));
    assert_eq!(told.filter(|line| line.ends_with(" 1")).count(), 5, "{metrics}");

    // 4: a call is given up; then it is tried again, and in time.
    let refused = scene.claim().await;
    let failure = Failure { sentence: "It cannot be decoded.", code: Some("undecodable"), permanent: true };
    scene.worker.fail(refused.lease_token, failure).await.unwrap();
    scene.only("4", "1 of 2 calls late or failed");
    let metrics = get(&monitoring, "/metrics").await.unwrap().1;
    let line = "callscript_criterion_holds{criterion=\"4\",name=\"flag_latency\",account=\"\"} 0";
    assert!(metrics.lines().any(|told| told == line), "{line} is not among:\n{metrics}");
    scene.api.retry_call(refused.call_id).await.unwrap();
    let again = scene.claim().await;
    scene.transcribe(&again).await;
    scene.well();

    // 2: a recording vanishes, and is put back.
    let kept = scene.api.recordings_after(CallId(0), 1).await.unwrap().remove(0);
    scene.api.storage().delete(&kept.storage_path).await.unwrap();
    assert_eq!(scene.run(&["audit", "storage"]).0, Some(1));
    scene.only("2", "1 missing");
    let bytes = std::fs::read(repository(RECORDING)).unwrap();
    let length = bytes.len() as u64;
    let body = stream::iter([Ok(Bytes::from(bytes))]);
    scene.api.storage().upload(&kept.storage_path, "audio/mpeg", Some(length), body).await.unwrap();
    assert_eq!(scene.run(&["audit", "storage"]).0, Some(0));
    scene.well();

    // 3: what the database refuses, done behind its back.
    scene.stack.process_twice(heard.call_id.0).await;
    scene.only("3", "1 processed twice");
    scene.stack.forget_double_work().await;
    scene.well();

    // 5: Ringba counts one call more.
    let hour = (Utc::now() - TimeDelta::hours(1)).duration_trunc(TimeDelta::hours(1)).unwrap();
    scene.compare(hour, 1).await;
    scene.stack.run_scheduled_work().await;
    let since = scene.criterion(5).await.since;
    let told = scene.doctor();
    assert_eq!((told.code, told.broken()), (Some(1), vec!["5"]), "{:#?}", told.lines);
    let words = format!("since {}", since.format("%Y-%m-%d %H:%M UTC"));
    assert!(
        told.lines.iter().any(|line| line.contains("1 of ") && line.contains(&words)),
        "{:#?}",
        told.lines
    );
    scene.compare(hour, 0).await;
    scene.well();

    // 1: the server is dead.
    drop(server);
    scene.stack.set_time_shift(Duration::from_mins(3)).await;
    scene.only("1", "s behind");
    let (code, told) = scene.run(&["doctor", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let lag = &told["criteria"][0];
    assert!(code == Some(1) && told["holds"] == false && lag["holds"] == false, "{told:#}");
    assert!(lag["measured_value"].as_f64().unwrap() > lag["target_value"].as_f64().unwrap(), "{told:#}");
    assert_eq!((&lag["target_value"], &lag["unit"]), (&Value::from(120.0), &Value::from("seconds")));
    scene.stack.set_time_shift(Duration::ZERO).await;
    scene.well();
}
