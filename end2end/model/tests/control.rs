//! Driving a running simulator from outside, and what it remembers.

mod common;

use common::{LINES, Rig, question};
use model_simulator::{Fault, Options, Simulator};
use serde_json::{Value, json};

#[tokio::test]
async fn faults_can_be_set_and_cleared() {
    let rig = Rig::start().await;
    let plan = json!({"fault": {"kind": "status", "status": 500}, "when": {"next": 5}});
    let set = rig.client.post(rig.control("faults")).json(&plan).send().await.unwrap();
    assert_eq!(set.status().as_u16(), 204);
    assert_eq!(rig.status(&question(LINES)).await, 500);
    rig.client.delete(rig.control("faults")).send().await.unwrap();
    assert_eq!(rig.status(&question(LINES)).await, 200);

    let unknown = json!({"fault": {"kind": "tired"}});
    let refused = rig.client.post(rig.control("faults")).json(&unknown).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 400);
}

#[tokio::test]
async fn readings_can_be_replaced() {
    let rig = Rig::start().await;
    let behaviour =
        json!({"readings": [{"rule": "guarantee", "phrase": "recorded"}], "returned_model": "local"});
    let put = rig.client.put(rig.control("behaviour")).json(&behaviour).send().await.unwrap();
    assert_eq!(put.status().as_u16(), 204);
    assert_eq!(rig.rules().await[0]["findings"][0]["line"], 14);
    let now: Value = rig.client.get(rig.control("behaviour")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&now["returned_model"], &now["latency_ms"]), (&json!("local"), &json!(0)));
}

#[tokio::test]
async fn requests_are_kept_with_what_went_wrong() {
    let rig = Rig::start().await;
    rig.simulator.faults().next(1, Fault::EmptyContent);
    rig.ask().await;
    rig.ask().await;
    let requests = rig.simulator.requests();
    assert_eq!(requests[0].body, question(LINES));
    assert_eq!((&requests[0].fault, &requests[1].fault), (&Some(Fault::EmptyContent), &None));
    assert!(requests[0].at <= requests[1].at);
    let asked = requests[0].question();
    assert_eq!((asked.rules[1].key.as_str(), asked.lines[2].number), ("recording", 14));

    let told: Value = rig.client.get(rig.control("requests")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&told["count"], &told["most_in_flight"]), (&json!(2), &json!(1)));
    assert_eq!(told["requests"][0]["fault"], json!({"kind": "empty_content"}));
    rig.client.delete(rig.control("requests")).send().await.unwrap();
    assert_eq!((rig.simulator.request_count(), rig.simulator.requests().len()), (0, 0));
}

#[tokio::test]
async fn held_requests_can_be_let_go_from_outside() {
    let rig = Rig::start().await;
    rig.simulator.faults().next(1, Fault::Held);
    let then = async {
        rig.simulator.requested(1).await;
        rig.client.post(rig.control("let_go")).send().await.unwrap();
    };
    let (rules, ()) = tokio::join!(rig.rules(), then);
    assert_eq!(rules[0]["outcome"], "violation");
}

#[tokio::test]
async fn a_taken_port_gets_a_sentence() {
    let rig = Rig::start().await;
    let listen = rig.simulator.address();
    let second = Simulator::start(Options { listen, ..Options::default() }).await;
    let error = format!("{:#}", second.err().unwrap());
    assert!(error.starts_with(&format!("cannot listen on {listen}")), "{error}");
}
