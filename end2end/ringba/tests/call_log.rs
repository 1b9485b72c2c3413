//! The call log, its columns, details and insights: what an honest Ringba says.

mod common;

use std::time::Duration;

use common::{Rig, call, ids, log_query, moment};
use reqwest::StatusCode;
use ringba_simulator::{Endpoint, LedgerCall, Party};
use serde_json::{Value, json};

fn sold(id: &str, starts_after_s: u64, revenue: &str) -> LedgerCall {
    LedgerCall {
        revenue: revenue.parse().unwrap(),
        payout: "30.10".parse().unwrap(),
        cost: "0.0432".parse().unwrap(),
        ..call(id, starts_after_s)
    }
}

#[tokio::test]
async fn a_call_is_live_then_over_then_linked() {
    let rig = Rig::with([sold("one", 10, "45.5")]).await;
    assert_eq!(rig.log(json!({})).await, json!({"partialResult": false, "records": [], "totalCount": 0}));

    rig.advance_s(11);
    let live = rig.only_record().await;
    assert_eq!(live["isLive"], true);
    assert_eq!(live["hasRecording"], false);
    assert_eq!(live["callDt"], (moment() + Duration::from_secs(10)).timestamp_millis());
    for absent in ["callCompletedDt", "callLengthInSeconds", "conversionAmount", "recordingUrl", "targetName"]
    {
        assert_eq!(live.get(absent), None, "{absent}");
    }

    rig.advance_s(59);
    let over = rig.only_record().await;
    assert_eq!(over["isLive"], false);
    assert_eq!(over["hasRecording"], true);
    assert_eq!(over["callCompletedDt"], (moment() + Duration::from_secs(70)).timestamp_millis());
    assert_eq!(over["callLengthInSeconds"], 60);
    assert_eq!(over["conversionAmount"].to_string(), "45.5");
    assert_eq!(over["totalCost"].to_string(), "0.0432");
    assert_eq!(over["profitNet"].to_string(), "15.3568");
    assert_eq!(over.get("recordingUrl"), None);

    rig.advance_s(1);
    let linked = rig.only_record().await;
    let link = linked["recordingUrl"].as_str().unwrap();
    assert!(link.contains("/recording-public?v=v1&k="), "{link}");
}

#[tokio::test]
async fn pages_follow_each_other_and_the_total_is_of_the_window() {
    let calls = (0..25).map(|n| call(&format!("call{n:02}"), n));
    let rig = Rig::with(calls.chain([call("too late", 3600)])).await;
    rig.advance_s(7200);
    let mut told = Vec::new();
    for offset in [0, 10, 20, 30] {
        let page = rig.log(json!({"size": 10, "offset": offset})).await;
        assert_eq!(page["totalCount"], 25);
        told.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(told, (0..25).map(|n| format!("call{n:02}")).collect::<Vec<_>>());

    let newest_first = rig.log(json!({"size": 2, "orderByColumns": []})).await;
    assert_eq!(ids(&newest_first), ["call24", "call23"]);
    assert_eq!(rig.simulator.requests(Endpoint::CallLogs), 5);
}

#[tokio::test]
async fn columns_are_asked_for_and_ordered_by_and_unknown_ones_are_refused() {
    let rig = Rig::with([call("one", 0)]).await;
    rig.advance_s(100);
    let columns =
        json!({"valueColumns": [{"column": "inboundCallId"}, {"column": "buyer"}, {"column": "callDt"}]});
    let report = rig.log(columns).await;
    assert_eq!(report["records"][0], json!({"inboundCallId": "one", "callDt": moment().timestamp_millis()}));

    for (refused, status) in [
        (json!({"valueColumns": [{"column": "callDate"}]}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!({"orderByColumns": [{"column": "recordingUrl", "direction": "asc"}]}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (json!({"size": 1001}), StatusCode::BAD_REQUEST),
        (json!({"reportStart": "2026-03-02T11:00:00Z"}), StatusCode::BAD_REQUEST),
        (json!({"reportStart": "yesterday"}), StatusCode::BAD_REQUEST),
        (json!({"formatDateTime": true}), StatusCode::BAD_REQUEST),
    ] {
        let response = rig.send_log(refused.clone()).await;
        assert_eq!(response.status(), status, "{refused}");
        assert_eq!(response.json::<Value>().await.unwrap()["isSuccessful"], false, "{refused}");
    }

    let by_length_then_id = json!([
        {"column": "callLengthInSeconds", "direction": "desc"}, {"column": "inboundCallId", "direction": "desc"}]);
    let longer = LedgerCall { end: moment() + Duration::from_secs(90), ..call("long", 0) };
    let rig = Rig::with([longer, call("a", 1), call("b", 2)]).await;
    rig.advance_s(100);
    assert_eq!(ids(&rig.log(json!({"orderByColumns": by_length_then_id})).await), ["long", "b", "a"]);
}

#[tokio::test]
async fn every_column_that_a_record_has_is_described() {
    let rig = Rig::with([sold("one", 0, "1")]).await;
    rig.advance_s(100);
    let described = rig.get_of_account("calllogs/columns").await;
    let described: Vec<&str> =
        described["columns"].as_array().unwrap().iter().filter_map(|column| column["id"].as_str()).collect();
    for key in rig.only_record().await.as_object().unwrap().keys() {
        assert!(described.contains(&key.as_str()), "{key}");
    }
}

#[tokio::test]
async fn filters_are_any_of_a_group_and_all_groups() {
    let buyer = |name: &str| Some(Party::new("BU1", name));
    let calls = [
        LedgerCall { buyer: buyer("North"), ..sold("one", 0, "10") },
        LedgerCall { buyer: buyer("South"), ..sold("two", 1, "20") },
        LedgerCall { buyer: buyer("South"), ..sold("three", 2, "0") },
    ];
    let rig = Rig::with(calls).await;
    rig.advance_s(100);
    let condition = |column: &str, comparison: &str, value: &str| json!({"column": column, "value": value, "isNegativeMatch": false, "comparisonType": comparison});
    let group = |conditions: &[Value]| json!({"anyConditionToMatch": conditions});
    for (filters, expected) in [
        (json!([group(&[condition("buyer", "EQUALS", "South")])]), vec!["two", "three"]),
        (
            json!([
                group(&[condition("buyer", "EQUALS", "South")]),
                group(&[condition("hasConverted", "EQUALS", "yes")])
            ]),
            vec!["two"],
        ),
        (
            json!([group(&[
                condition("buyer", "EQUALS", "North"),
                condition("hasConverted", "EQUALS", "no")
            ])]),
            vec!["one", "three"],
        ),
        (json!([group(&[condition("conversionAmount", "GREATER_THAN", "9.5")])]), vec!["one", "two"]),
        (json!([group(&[condition("inboundCallId", "BEGINS_WITH", "t")])]), vec!["two", "three"]),
    ] {
        let report = rig.log(json!({"filters": filters})).await;
        assert_eq!(ids(&report), expected, "{filters}");
    }
    let by_date = json!([group(&[condition("callDt", "EQUALS", "1")])]);
    assert_eq!(rig.send_log(json!({"filters": by_date})).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn details_have_events_in_order_and_pass_over_unknown_ids() {
    let rig = Rig::with([sold("one", 0, "10"), call("later", 3000)]).await;
    rig.advance_s(61);
    let details = rig.detail(&["one", "nobody", "later"]).await;
    assert_eq!(details.len(), 1);
    let events = details[0]["events"].as_array().unwrap();
    let names: Vec<&str> = events.iter().filter_map(|event| event["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "CallPlanDetail",
            "TargetDialed",
            "ConnectedCall",
            "CompletedCall",
            "EndCallSource",
            "ConvertedCall",
            "RecordedCall"
        ]
    );
    assert_eq!(events[3]["dtStamp"], "2026-03-02T10:01:00.0000000Z");
    assert_eq!(events[6]["recordingUrl"], details[0]["recordingUrl"]);
    assert_eq!(details[0]["inboundCallId"], "one");
}

#[tokio::test]
async fn insights_add_up_what_the_log_says() {
    let buyer = |name: &str| Some(Party::new("BU1", name));
    let calls = [
        LedgerCall { buyer: buyer("North"), ..sold("one", 0, "10.15") },
        LedgerCall { buyer: buyer("South"), ..sold("two", 1, "20.2") },
        LedgerCall { buyer: None, ..sold("three", 2, "0") },
        LedgerCall { buyer: buyer("North"), ..sold("live", 90, "99") },
    ];
    let rig = Rig::with(calls).await;
    rig.advance_s(100);
    let columns = ["callCount", "liveCallCount", "conversionAmount", "payoutAmount", "totalCost"];
    let columns: Vec<Value> =
        columns.iter().map(|column| json!({"column": column, "aggregateFunction": null})).collect();
    let ask = async |more: Value| {
        let mut query = log_query(more);
        query["valueColumns"] = json!(columns);
        let response = rig.post("insights", &query).send().await.unwrap();
        response.json::<Value>().await.unwrap()["report"]["records"].take()
    };
    let total = json!({
        "callCount": 4, "liveCallCount": 1,
        "conversionAmount": "30.35", "payoutAmount": "90.3", "totalCost": "0.1296",
    });
    assert_eq!(ask(json!({})).await, json!([total]));

    let groups = ask(
        json!({"groupByColumns": [{"column": "buyer", "displayName": "Buyer"}], "generateRollups": true}),
    )
    .await;
    let told: Vec<(&Value, &Value)> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (&group["buyer"], &group["conversionAmount"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("-no value-"), &json!("0")),
            (&json!("North"), &json!("10.15")),
            (&json!("South"), &json!("20.2")),
            (&Value::Null, &json!("30.35")),
        ]
    );
}

#[tokio::test]
async fn a_wrong_token_and_a_strange_account_are_refused() {
    let rig = Rig::with([]).await;
    let log = |account: &str, token: &'static str| {
        let url = format!("{}/{account}/calllogs/columns", rig.simulator.base_url());
        let request = rig.get(&url).header("Authorization", token);
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(log(ringba_simulator::DEMO_ACCOUNT, "Token demo-token").await, StatusCode::OK);
    assert_eq!(log(ringba_simulator::DEMO_ACCOUNT, "Token wrong").await, StatusCode::UNAUTHORIZED);
    assert_eq!(log(ringba_simulator::DEMO_ACCOUNT, "Bearer demo-token").await, StatusCode::UNAUTHORIZED);
    assert_eq!(log("RA1", "Token demo-token").await, StatusCode::NOT_FOUND);

    let accounts = format!("{}/ringbaaccounts", rig.simulator.base_url());
    assert_eq!(rig.get(&accounts).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_late_call_a_late_link_and_a_changed_payout_are_told_when_they_come() {
    let late = LedgerCall { appears_after: Duration::from_mins(5), ..sold("late call", 0, "1") };
    let slow = LedgerCall { link_after: Duration::from_mins(10), ..sold("late link", 0, "1") };
    let rig = Rig::with([late, slow]).await;
    rig.advance_s(299);
    assert_eq!(ids(&rig.log(json!({})).await), ["late link"]);
    rig.advance_s(1);
    let report = rig.log(json!({})).await;
    assert_eq!(report["totalCount"], 2);
    assert_eq!(rig.detail(&["late link"]).await[0].get("recordingUrl"), None);

    rig.advance_s(360);
    rig.simulator
        .change_ledger(|ledger| ledger.get_mut("late link").unwrap().payout = "12.34".parse().unwrap())
        .unwrap();
    let detail = rig.detail(&["late link"]).await;
    assert!(detail[0]["recordingUrl"].is_string());
    assert_eq!(detail[0]["payoutAmount"].to_string(), "12.34");
}

#[tokio::test]
async fn insights_have_every_column_that_they_list_and_calls_have_no_tags() {
    let rig = Rig::with([call("a", 0)]).await;
    rig.advance_s(120);
    let listed = rig.get_of_account("insights/columns").await;
    let columns: Vec<&str> =
        listed["columns"].as_array().unwrap().iter().filter_map(|column| column["id"].as_str()).collect();
    assert!(columns.contains(&"callCount") && columns.contains(&"totalCost"), "{columns:?}");
    let values: Vec<Value> = columns.iter().map(|column| json!({"column": column})).collect();
    let response = rig.post("insights", &log_query(json!({"valueColumns": values}))).send().await.unwrap();
    let body: Value = response.json().await.unwrap();
    let total = body["report"]["records"][0].as_object().unwrap();
    assert_eq!(total.len(), columns.len(), "{total:?}");

    let tags = rig.get_of_account("calllogs/tags").await;
    assert_eq!((&tags["isSuccessful"], &tags["tags"]), (&json!(true), &json!([])));
    let url = format!("{}/elsewhere/calllogs/tags", rig.simulator.base_url());
    assert_eq!(rig.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
