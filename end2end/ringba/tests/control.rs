//! Driving a running simulator from outside, and what it remembers.

mod common;

use std::time::Duration;

use common::{Rig, call, demo_folder, ids, moment};
use ringba_simulator::{Ledger, Options};
use serde_json::{Value, json};

fn with_recordings() -> Options {
    Options { recordings: call_truth::load_folder(&demo_folder()).unwrap(), ..Options::default() }
}

#[tokio::test]
async fn a_new_call_has_just_ended_and_carries_its_fault() {
    let rig = Rig::start(Ledger::default(), with_recordings()).await;
    let new = json!({
        "recording": "call2_guarantee_free_plan.mp3",
        "campaign": "Home Services",
        "recording_fault": {"kind": "not_audio"},
    });
    let response = rig.post_control("calls", &new).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    let added: Value = response.json().await.unwrap();

    rig.advance_s(1);
    let record = rig.only_record().await;
    assert_eq!(record["inboundCallId"], added["id"]);
    assert_eq!(record["campaignName"], "Home Services");
    assert_eq!(record["callLengthInSeconds"], 65);
    for _ in 0..2 {
        let sound = rig.get(record["recordingUrl"].as_str().unwrap()).send().await.unwrap();
        assert!(sound.text().await.unwrap().starts_with("This is a sentence"));
    }

    let unknown = rig.post_control("calls", &json!({"recording": "../calls/call4_gift_card.mp3"}));
    assert_eq!(unknown.send().await.unwrap().status().as_u16(), 400);
    let ledger: Vec<Value> = rig.get(&rig.control("ledger")).send().await.unwrap().json().await.unwrap();
    assert_eq!(ledger, [added]);
}

#[tokio::test]
async fn a_call_without_recording_never_gets_a_link() {
    let rig = Rig::start(Ledger::default(), with_recordings()).await;
    rig.post_control("calls", &json!({"hang_up_in_s": 5})).send().await.unwrap();
    assert_eq!(rig.only_record().await["isLive"], true);
    rig.advance_s(3600);
    let record = rig.only_record().await;
    assert_eq!((&record["hasRecording"], record.get("recordingUrl")), (&json!(false), None));
}

#[tokio::test]
async fn faults_can_be_set_and_cleared() {
    let rig = Rig::with([call("one", 0)]).await;
    rig.advance_s(100);
    let fault = json!({"endpoint": "call_logs", "times": 5, "fault": {"kind": "status", "status": 500}});
    assert_eq!(rig.post_control("faults", &fault).send().await.unwrap().status().as_u16(), 204);
    assert_eq!(rig.send_log(json!({})).await.status().as_u16(), 500);
    rig.delete(&rig.control("faults")).send().await.unwrap();
    assert_eq!(rig.send_log(json!({})).await.status().as_u16(), 200);

    let unfit = json!({"endpoint": "insights", "times": 1, "fault": {"kind": "duplicates"}});
    assert_eq!(rig.post_control("faults", &unfit).send().await.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn recordings_come_again_as_new_calls() {
    let ledger = Ledger::demo_at(&demo_folder(), moment()).unwrap();
    let options = Options { repeat_every: Some(Duration::from_mins(5)), ..with_recordings() };
    let rig = Rig::start(ledger, options).await;
    rig.advance_s(100);
    assert_eq!(rig.log(json!({})).await["totalCount"], 6);
    rig.advance_s(135); // three calls of the second round have started, none has ended
    let report = rig
        .log(json!({"filters": [{"anyConditionToMatch": [
        {"column": "isLive", "value": "yes", "comparisonType": "EQUALS"}]}]}))
        .await;
    assert_eq!(ids(&report).len(), 3);
    rig.advance_s(600);
    let total = rig.log(json!({})).await["totalCount"].as_u64().unwrap();
    assert_eq!(total, 18 + 3);
}

#[tokio::test]
async fn a_restarted_simulator_knows_its_calls_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let ledger_file = folder.path().join("ledger.json");
    let options = || Options { ledger_file: Some(ledger_file.clone()), ..with_recordings() };
    let first = Rig::start(Ledger::default(), options()).await;
    first.post_control("calls", &json!({"recording": "call4_gift_card.mp3"})).send().await.unwrap();
    let before = first.simulator.ledger();
    drop(first);

    let second = Rig::start(Ledger::load(&ledger_file).unwrap(), options()).await;
    assert_eq!(second.simulator.ledger(), before);
    second.advance_s(1);
    let link = second.only_record().await["recordingUrl"].as_str().unwrap().to_owned();
    assert_eq!(second.get(&link).send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_taken_port_gets_a_sentence() {
    let rig = Rig::with([]).await;
    let listen = rig.simulator.address();
    let second =
        ringba_simulator::Simulator::start(Ledger::default(), Options { listen, ..Options::default() }).await;
    let error = format!("{:#}", second.err().unwrap());
    assert!(error.starts_with(&format!("cannot listen on {listen}")), "{error}");
}
