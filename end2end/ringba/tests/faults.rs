//! Planned faults of the API.

mod common;

use std::time::{Duration, Instant};

use common::{Rig, call, ids};
use ringba_simulator::{Endpoint, RequestFault};
use serde_json::{Value, json};

async fn ten_calls() -> Rig {
    let rig = Rig::with((0..10).map(|n| call(&format!("call{n}"), n))).await;
    rig.advance_s(100);
    rig
}

async fn page(rig: &Rig, fault: RequestFault) -> Value {
    rig.simulator.faults().next(Endpoint::CallLogs, 1, fault);
    rig.log(json!({"size": 6})).await
}

#[tokio::test]
async fn pages_are_spoiled_once_and_then_right_again() {
    let rig = ten_calls().await;
    let right = rig.log(json!({"size": 6})).await;

    let cut = page(&rig, RequestFault::PageCut { keep: 2 }).await;
    assert_eq!(ids(&cut), ["call0", "call1"]);
    assert_eq!((&cut["totalCount"], &cut["partialResult"]), (&json!(10), &json!(false)));

    let partial = page(&rig, RequestFault::Partial { keep: 3 }).await;
    assert_eq!((ids(&partial).len(), &partial["partialResult"]), (3, &json!(true)));

    let doubled = page(&rig, RequestFault::Duplicates).await;
    assert_eq!(ids(&doubled)[..4], ["call0", "call0", "call1", "call1"]);

    let moved = page(&rig, RequestFault::Shifted { by: 2 }).await;
    assert_eq!(ids(&moved), ["call2", "call3", "call4", "call5", "call6", "call7"]);

    let strings = page(&rig, RequestFault::WrongTypes).await;
    assert_eq!(strings["records"][0]["isLive"], "no");
    assert_eq!(strings["records"][0]["callLengthInSeconds"], "60");
    assert_eq!(strings["records"][0]["payoutAmount"], "0.0");

    let keys = vec!["callDt".to_owned(), "inboundCallId".to_owned()];
    let without = page(&rig, RequestFault::MissingKeys { keys: keys.clone() }).await;
    assert_eq!(without["records"][0].get("callDt"), None);
    let nulls = page(&rig, RequestFault::Nulls { keys }).await;
    assert_eq!(nulls["records"][0].get("callDt"), Some(&Value::Null));
    let more = page(&rig, RequestFault::ExtraKeys).await;
    assert!(more["records"][0]["sentimentForecast"].is_object());

    assert_eq!(rig.log(json!({"size": 6})).await, right);
}

#[tokio::test]
async fn statuses_come_with_their_waiting_time() {
    let rig = ten_calls().await;
    let faults = rig.simulator.faults();
    faults.next(Endpoint::CallLogs, 2, RequestFault::Status { status: 429, retry_after_s: Some(7) });
    faults.next(Endpoint::CallLogs, 1, RequestFault::Status { status: 502, retry_after_s: None });
    for expected in [(429, Some("7")), (429, Some("7")), (502, None), (200, None)] {
        let response = rig.send_log(json!({})).await;
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((response.status().as_u16(), retry_after), expected);
    }
}

#[tokio::test]
async fn answers_stall_break_off_and_make_no_sense() {
    let rig = ten_calls().await;
    let faults = rig.simulator.faults();

    faults.next(Endpoint::CallLogs, 1, RequestFault::Garbage);
    let garbage = rig.send_log(json!({})).await;
    assert!(garbage.status().is_success());
    assert!(garbage.json::<Value>().await.is_err());

    faults.next(Endpoint::CallLogs, 1, RequestFault::Cut { after_bytes: 100 });
    let cut = rig.send_log(json!({})).await;
    assert!(cut.content_length().unwrap() > 1000);
    assert!(cut.bytes().await.is_err());

    faults.next(Endpoint::CallLogs, 1, RequestFault::Stall { ms: 300 });
    let started = Instant::now();
    assert_eq!(ids(&rig.log(json!({})).await).len(), 10);
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_fault_waits_for_its_endpoint_and_for_the_right_token() {
    let rig = ten_calls().await;
    rig.simulator.faults().next(Endpoint::Detail, 1, RequestFault::PageCut { keep: 0 });
    assert_eq!(ids(&rig.log(json!({})).await).len(), 10);
    let url = format!("{}/{}/calllogs/detail", rig.simulator.base_url(), ringba_simulator::DEMO_ACCOUNT);
    assert_eq!(rig.get(&url).send().await.unwrap().status().as_u16(), 405);
    assert_eq!(rig.detail(&["call1"]).await.len(), 0);
    assert_eq!(rig.detail(&["call1"]).await.len(), 1);
}

#[tokio::test]
#[should_panic(expected = "does not fit Insights")]
async fn a_fault_that_cannot_happen_is_refused() {
    let rig = ten_calls().await;
    rig.simulator.faults().next(Endpoint::Insights, 1, RequestFault::Duplicates);
}
