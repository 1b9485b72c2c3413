//! Honest answers.

mod common;

use std::time::{Duration, Instant};

use common::{LINES, Rig, question};
use model_simulator::{DEMO_KEY, Usage};
use serde_json::{Value, json};

#[tokio::test]
async fn lines_with_the_phrase_are_findings() {
    let rig = Rig::start().await;
    let guarantee = json!({"line": 12, "speaker": "agent", "quote": "I guarantee you will be approved."});
    let recording = json!({"line": 14, "speaker": "agent", "quote": "This call is recorded."});
    let expected = json!([
        {"rule": "guarantee", "outcome": "violation", "findings": [guarantee]},
        {"rule": "recording", "outcome": "pass", "findings": [recording]},
    ]);
    assert_eq!(rig.rules().await, expected);
}

#[tokio::test]
async fn without_the_phrase_the_form_of_the_rule_decides() {
    let rig = Rig::start().await;
    rig.simulator.behave(|behaviour| behaviour.readings.clear());
    let outcomes = json!([
        {"rule": "guarantee", "outcome": "pass", "findings": []},
        {"rule": "recording", "outcome": "violation", "findings": []},
    ]);
    assert_eq!(rig.rules().await, outcomes);
}

#[tokio::test]
async fn a_completion_tells_model_tokens_and_reason() {
    let rig = Rig::start().await;
    let told = rig.ask().await;
    assert_eq!(
        (&told["model"], &told["object"]),
        (&json!("gpt-4.1-mini-2026-01-01"), &json!("chat.completion"))
    );
    assert_eq!(told["choices"][0]["finish_reason"], "stop");
    // "You judge calls.", three words, two blocks and what stands in them.
    let words = 3 + 3 + 4 + 1 + LINES.split_whitespace().count() as u64;
    assert_eq!(told["usage"]["prompt_tokens"], words * 4 / 3);
    let sum = told["usage"]["prompt_tokens"].as_u64().unwrap()
        + told["usage"]["completion_tokens"].as_u64().unwrap();
    assert_eq!(told["usage"]["total_tokens"], sum);

    rig.simulator.behave(|behaviour| {
        behaviour.usage = Some(Usage { prompt_tokens: 1_000, completion_tokens: 10 });
        behaviour.returned_model = Some("local".to_owned());
    });
    let told = rig.ask().await;
    assert_eq!(told["model"], "local");
    let usage = json!({"prompt_tokens": 1_000, "completion_tokens": 10, "total_tokens": 1_010});
    assert_eq!(told["usage"], usage);
}

#[tokio::test]
async fn another_key_opens_nothing() {
    let rig = Rig::start().await;
    let url = format!("{}/chat/completions", rig.simulator.base_url());
    for request in [rig.client.post(&url).bearer_auth("sk-other"), rig.client.post(&url)] {
        let response = request.json(&question(LINES)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 401);
        let error = response.json::<Value>().await.unwrap()["error"].take();
        assert_eq!(
            (&error["code"], &error["type"]),
            (&json!("invalid_api_key"), &json!("invalid_request_error"))
        );
    }
    assert_eq!(
        rig.client.get(format!("{}/models", rig.simulator.base_url())).send().await.unwrap().status(),
        401
    );
    assert_eq!(rig.simulator.request_count(), 0);
}

#[tokio::test]
async fn models_are_listed() {
    let rig = Rig::start().await;
    let url = format!("{}/models", rig.simulator.base_url());
    let listed: Value = rig.client.get(url).bearer_auth(DEMO_KEY).send().await.unwrap().json().await.unwrap();
    assert_eq!((&listed["object"], &listed["data"][0]["id"]), (&json!("list"), &json!("demo-judge")));
}

#[tokio::test]
async fn what_openai_refuses_is_refused() {
    let rig = Rig::start().await;
    let loose = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let strict = json!({
        "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
        "additionalProperties": false,
    });
    let with = |key: &str, value: Value| {
        let mut body = question(LINES);
        body[key] = value;
        body
    };
    let format = |schema: &Value| json!({"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": schema}});
    assert_eq!(rig.status(&with("response_format", format(&strict))).await, 200);
    assert_eq!(rig.status(&with("response_format", format(&loose))).await, 400);
    assert_eq!(rig.status(&with("response_format", json!({"type": "yaml"}))).await, 400);
    assert_eq!(rig.status(&with("model", json!(null))).await, 400);
    assert_eq!(rig.status(&with("messages", json!([]))).await, 400);
    let no_word = json!([{"role": "user", "content": "hello"}]);
    assert_eq!(rig.status(&with("messages", no_word)).await, 400);
}

#[tokio::test]
async fn another_question_gets_prose() {
    let rig = Rig::start().await;
    let body = json!({"model": "x", "messages": [{"role": "user", "content": "hello"}]});
    let told: Value = rig.send(&body).await.json().await.unwrap();
    assert_eq!(told["choices"][0]["message"]["content"], "Hello! How can I help you today?");
}

#[tokio::test]
async fn answers_take_their_latency() {
    let rig = Rig::start().await;
    rig.simulator.behave(|behaviour| behaviour.latency_ms = 200);
    let began = Instant::now();
    rig.ask().await;
    assert!(began.elapsed() >= Duration::from_millis(200));
}
