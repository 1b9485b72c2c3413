//! A simulator with a clock in the test's hand, and a client for it.

#![expect(dead_code, reason = "each test binary uses its own part")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Response, StatusCode};
use ringba_simulator::{Clock, DEMO_ACCOUNT, DEMO_TOKEN, HandClock, Ledger, LedgerCall, Options, Simulator};
use serde_json::{Value, json};

pub struct Rig {
    pub simulator: Simulator,
    pub clock: HandClock,
    client: reqwest::Client,
}

pub fn moment() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

pub fn demo_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls")
}

/// A recorded call of a minute.
pub fn call(id: &str, starts_after_s: u64) -> LedgerCall {
    LedgerCall {
        recording: Some(demo_folder().join("call4_gift_card.mp3")),
        ..LedgerCall::new(id, moment() + Duration::from_secs(starts_after_s), Duration::from_mins(1))
    }
}

impl Rig {
    pub async fn with(calls: impl IntoIterator<Item = LedgerCall>) -> Self {
        Self::start(calls.into_iter().collect(), Options::default()).await
    }

    /// The clock stands at [`moment`].
    pub async fn start(ledger: Ledger, options: Options) -> Self {
        let clock = HandClock::at(moment());
        let options = Options { clock: Clock::Hand(clock.clone()), ..options };
        let simulator = Simulator::start(ledger, options).await.unwrap();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { simulator, clock, client }
    }

    pub fn advance_s(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A request with the token, to a path under the account.
    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}/{DEMO_ACCOUNT}/{path}", self.simulator.base_url());
        self.client.post(url).header("Authorization", format!("Token {DEMO_TOKEN}")).json(body)
    }

    /// What a path under the account answers to a GET with the token.
    pub async fn get_of_account(&self, path: &str) -> Value {
        let url = format!("{}/{DEMO_ACCOUNT}/{path}", self.simulator.base_url());
        let request = self.client.get(url).header("Authorization", format!("Token {DEMO_TOKEN}"));
        request.send().await.unwrap().json().await.unwrap()
    }

    /// A request without token.
    pub fn get(&self, url: &str) -> RequestBuilder {
        self.client.get(url)
    }

    pub fn delete(&self, url: &str) -> RequestBuilder {
        self.client.delete(url)
    }

    pub fn control(&self, path: &str) -> String {
        format!("http://{}/control/{path}", self.simulator.address())
    }

    pub fn post_control(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(self.control(path)).json(body)
    }

    /// The call log of the hour around [`moment`], oldest first, with more keys for the request.
    pub async fn log(&self, more: Value) -> Value {
        let response = self.send_log(more).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json::<Value>().await.unwrap()["report"].take()
    }

    pub async fn send_log(&self, more: Value) -> Response {
        self.post("calllogs", &log_query(more)).send().await.unwrap()
    }

    pub async fn only_record(&self) -> Value {
        let report = self.log(json!({})).await;
        assert_eq!(report["totalCount"], 1);
        report["records"][0].clone()
    }

    pub async fn detail(&self, ids: &[&str]) -> Vec<Value> {
        let response = self.post("calllogs/detail", &json!({"InboundCallIds": ids})).send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        body["report"]["records"].as_array().unwrap().clone()
    }
}

pub fn log_query(more: Value) -> Value {
    let mut query = json!({
        "reportStart": "2026-03-02T09:30:00Z",
        "reportEnd": "2026-03-02T10:30:00.000Z",
        "size": 1000,
        "offset": 0,
        "orderByColumns": [{"column": "callDt", "direction": "asc"}],
    });
    if let Value::Object(more) = more {
        query.as_object_mut().unwrap().extend(more);
    }
    query
}

pub fn ids(report: &Value) -> Vec<&str> {
    report["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|record| record["inboundCallId"].as_str())
        .collect()
}
