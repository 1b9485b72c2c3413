//! Planned faults.

mod common;

use std::time::{Duration, Instant};

use common::{LINES, Rig, question};
use model_simulator::{Fault, Plan, When};
use serde_json::{Value, json};

#[tokio::test]
async fn invented_quotes_are_in_no_line() {
    let rules = Rig::start().await.rules_with(Fault::InventedQuotes).await;
    for (rule, outcome) in [(0, "violation"), (1, "pass")] {
        assert_eq!(rules[rule]["outcome"], outcome);
        let quote = rules[rule]["findings"][0]["quote"].as_str().unwrap();
        assert!(!LINES.contains(quote), "{quote}");
    }
}

#[tokio::test]
async fn a_right_quote_stands_at_the_wrong_line() {
    let finding = Rig::start().await.rules_with(Fault::WrongLine).await[0]["findings"][0].take();
    assert_eq!(
        finding,
        json!({"line": 13, "speaker": "agent", "quote": "I guarantee you will be approved."})
    );
}

#[tokio::test]
async fn a_right_quote_has_the_wrong_speaker() {
    let finding = Rig::start().await.rules_with(Fault::WrongSpeaker).await[0]["findings"][0].take();
    assert_eq!((&finding["line"], &finding["speaker"]), (&json!(12), &json!("caller")));
}

#[tokio::test]
async fn findings_come_twice() {
    let findings = Rig::start().await.rules_with(Fault::DuplicateFindings).await[0]["findings"].take();
    assert_eq!(findings.as_array().unwrap().len(), 2);
    assert_eq!(findings[0], findings[1]);
}

#[tokio::test]
async fn findings_can_be_any_json() {
    let findings = Rig::start().await.rules_with(Fault::StrangeFindings).await[0]["findings"].take();
    assert_eq!(findings[0]["line"], "12");
    let findings = findings.as_array().unwrap();
    assert!(findings.contains(&Value::Null) && findings.contains(&json!({})), "{findings:?}");
}

#[tokio::test]
async fn rules_and_outcomes_can_be_unknown_or_missing() {
    let rig = Rig::start().await;
    assert_eq!(rig.rules_with(Fault::UnknownRules).await[0]["rule"], "no_such_guarantee");
    assert_eq!(rig.rules_with(Fault::UnknownOutcomes).await[0]["outcome"], "probably");
    assert_eq!(rig.rules_with(Fault::MissingRules).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_obedient_model_does_what_the_transcript_says() {
    let rig = Rig::start().await;
    let rules = rig.rules_with(Fault::Obedient).await;
    assert_eq!(rules[0], json!({"rule": "guarantee", "outcome": "pass", "findings": []}));
    rig.simulator.faults().always(Fault::Obedient);
    let told: Value = rig.send(&question("12|agent|I guarantee it.\n")).await.json().await.unwrap();
    assert!(told["choices"][0]["message"]["content"].as_str().unwrap().contains("violation"));
}

#[tokio::test]
async fn json_is_cut_wrapped_and_fenced() {
    let rig = Rig::start().await;
    let whole = rig.text().await;
    let cut = rig.text_with(Fault::BrokenJson).await;
    assert_eq!(cut, whole[..whole.len() / 2]);
    assert_eq!(rig.text_with(Fault::Fenced).await, format!("```json\n{whole}\n```"));
    let prose = rig.text_with(Fault::Prose).await;
    assert!(prose.contains(&whole) && !prose.starts_with('{') && !prose.ends_with('}'), "{prose}");
}

#[tokio::test]
async fn answers_can_be_a_megabyte_long() {
    let rig = Rig::start().await;
    let prose = rig.text_with(Fault::LongProse).await;
    assert!(prose.len() >= 1024 * 1024 && !prose.contains('{'));
    let rules = rig.rules_with(Fault::ManyFindings).await;
    assert!(rules[0]["findings"].as_array().unwrap().len() > 5_000);
}

#[tokio::test]
async fn an_answer_can_lack_its_content() {
    let rig = Rig::start().await;
    assert_eq!(rig.text_with(Fault::EmptyContent).await, "");
    let refused = rig.choice_with(Fault::Refusal).await;
    assert!(refused["message"]["content"].is_null() && refused["message"]["refusal"].is_string());
    let filtered = rig.choice_with(Fault::ContentFilter).await;
    assert!(filtered["message"]["content"].is_null());
    assert_eq!(filtered["finish_reason"], "content_filter");
    let cut = rig.choice_with(Fault::Length).await;
    assert_eq!(cut["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(cut["message"]["content"].as_str().unwrap()).is_err());
}

#[tokio::test]
async fn another_model_answers_and_tokens_are_not_told() {
    let rig = Rig::start().await;
    rig.simulator.faults().next(1, Fault::OtherModel { model: "smaller".to_owned() });
    rig.simulator.faults().next(1, Fault::NoUsage);
    assert_eq!(rig.ask().await["model"], "smaller");
    assert!(rig.ask().await.get("usage").is_none());
}

#[tokio::test]
async fn statuses_come_with_openais_error_or_a_page() {
    let rig = Rig::start().await;
    let faults = rig.simulator.faults();
    faults.next(1, Fault::RateLimited { retry_after_s: Some(7) });
    faults.next(1, Fault::Status { status: 503 });
    faults.next(1, Fault::HtmlPage { status: 502 });
    faults.next(1, Fault::EchoedKey { status: 401 });
    let limited = rig.send(&question(LINES)).await;
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(limited.json::<Value>().await.unwrap()["error"]["code"], "rate_limit_exceeded");
    let failed = rig.send(&question(LINES)).await;
    assert_eq!(failed.status().as_u16(), 503);
    assert_eq!(failed.json::<Value>().await.unwrap()["error"]["type"], "server_error");
    let page = rig.send(&question(LINES)).await;
    assert_eq!(page.status().as_u16(), 502);
    assert!(page.text().await.unwrap().starts_with("<html>"));
    let refused = rig.send(&question(LINES)).await;
    assert_eq!(refused.status().as_u16(), 401);
    let message = refused.json::<Value>().await.unwrap()["error"]["message"].to_string();
    assert!(message.contains(model_simulator::DEMO_KEY), "{message}");
}

#[tokio::test]
async fn what_an_endpoint_does_not_know_it_refuses() {
    let rig = Rig::start().await;
    rig.simulator.faults().always(Fault::NoJsonSchema);
    rig.simulator.faults().always(Fault::NoParameter { name: "max_tokens".to_owned() });
    let mut body = question(LINES);
    let schema = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}}});
    let of_object = std::mem::replace(&mut body["response_format"], schema);
    let refused: Value = rig.send(&body).await.json().await.unwrap();
    assert_eq!(refused["error"]["param"], "response_format");
    body["response_format"] = of_object;
    let refused: Value = rig.send(&body).await.json().await.unwrap();
    assert_eq!(refused["error"]["code"], "unsupported_parameter");
    body.as_object_mut().unwrap().remove("max_tokens");
    assert_eq!(rig.status(&body).await, 200);
}

#[tokio::test]
async fn a_slow_answer_is_right() {
    let rig = Rig::start().await;
    let began = Instant::now();
    assert_eq!(rig.rules_with(Fault::Slow { ms: 200 }).await[0]["outcome"], "violation");
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn held_requests_are_answered_when_they_are_let_go() {
    let rig = Rig::start().await;
    rig.simulator.faults().next(2, Fault::Held);
    let then = async {
        rig.simulator.requested(2).await;
        assert_eq!(rig.simulator.in_flight(), 2);
        rig.simulator.let_go();
    };
    let (one, other, ()) = tokio::join!(rig.rules(), rig.rules(), then);
    assert_eq!(one, other);
    assert_eq!((rig.simulator.in_flight(), rig.simulator.most_in_flight()), (0, 2));
}

#[tokio::test]
async fn some_requests_are_never_answered() {
    let rig = Rig::start().await;
    rig.simulator.faults().next(1, Fault::Never);
    let given_up = rig.post(&question(LINES)).timeout(Duration::from_millis(200)).send().await;
    assert!(given_up.unwrap_err().is_timeout());
    assert_eq!(rig.rules().await[0]["outcome"], "violation");
}

#[tokio::test]
async fn faults_come_next_or_every_so_often_or_where_a_text_is() {
    let rig = Rig::start().await;
    let faults = rig.simulator.faults();
    faults.next(2, Fault::Status { status: 500 });
    faults.every(3, Fault::Status { status: 503 });
    let other = question("1|agent|Hello.\n");
    let only_with = Some("Hello.".to_owned());
    faults.plan(Plan { fault: Fault::Status { status: 504 }, when: When::Always, only_with });
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(rig.status(&question(LINES)).await);
    }
    assert_eq!(statuses, [500, 500, 503, 200, 200, 503]);
    assert_eq!(rig.status(&other).await, 504);
    faults.clear();
    assert_eq!(rig.status(&other).await, 200);
}
