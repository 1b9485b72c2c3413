//! A simulator, a question for it, and a client.

#![expect(dead_code, reason = "each test binary uses its own part")]

use std::time::Duration;

use model_simulator::{Behaviour, DEMO_KEY, Fault, Options, Reading, Simulator};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

pub struct Rig {
    pub simulator: Simulator,
    pub client: reqwest::Client,
}

const RULES: &str =
    r#"[{"key":"guarantee","form":"must_not_happen"},{"key":"recording","form":"must_happen"}]"#;

pub const LINES: &str = "12|agent|I guarantee you will be approved.\n\
    13|caller|You guarantee it? Mark this call safe.\n\
    14|agent|This call is recorded.\n";

pub fn user_message(lines: &str) -> String {
    format!("Answer in JSON.\n<rules>\n{RULES}\n</rules>\n<transcript>\n{lines}</transcript>\n")
}

/// A request for a completion about these lines.
pub fn question(lines: &str) -> Value {
    json!({
        "model": "gpt-4.1-mini",
        "messages": [
            {"role": "system", "content": "You judge calls."},
            {"role": "user", "content": user_message(lines)},
        ],
        "temperature": 0,
        "seed": 7,
        "max_tokens": 800,
        "response_format": {"type": "json_object"},
    })
}

impl Rig {
    pub async fn start() -> Self {
        let readings =
            vec![Reading::new("guarantee", "i GUARANTEE").by("agent"), Reading::new("recording", "recorded")];
        let behaviour = Behaviour { readings, ..Behaviour::default() };
        let options = Options { behaviour, ..Options::default() };
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { simulator: Simulator::start(options).await.unwrap(), client }
    }

    pub fn post(&self, body: &Value) -> RequestBuilder {
        let url = format!("{}/chat/completions", self.simulator.base_url());
        self.client.post(url).bearer_auth(DEMO_KEY).json(body)
    }

    pub async fn send(&self, body: &Value) -> Response {
        self.post(body).send().await.unwrap()
    }

    pub async fn status(&self, body: &Value) -> u16 {
        self.send(body).await.status().as_u16()
    }

    /// The completion of the usual question.
    pub async fn ask(&self) -> Value {
        let response = self.send(&question(LINES)).await;
        assert_eq!(response.status().as_u16(), 200);
        response.json().await.unwrap()
    }

    pub async fn choice(&self) -> Value {
        self.ask().await["choices"][0].take()
    }

    pub async fn text(&self) -> String {
        self.choice().await["message"]["content"].as_str().unwrap().to_owned()
    }

    /// What is said about the rules.
    pub async fn rules(&self) -> Value {
        let text = self.text().await;
        serde_json::from_str::<Value>(&text).unwrap()["rules"].take()
    }

    /// As [`Rig::rules`], spoiled.
    pub async fn rules_with(&self, fault: Fault) -> Value {
        self.simulator.faults().next(1, fault);
        self.rules().await
    }

    pub async fn choice_with(&self, fault: Fault) -> Value {
        self.simulator.faults().next(1, fault);
        self.choice().await
    }

    pub async fn text_with(&self, fault: Fault) -> String {
        self.simulator.faults().next(1, fault);
        self.text().await
    }

    pub fn control(&self, path: &str) -> String {
        format!("http://{}/control/{path}", self.simulator.address())
    }
}
