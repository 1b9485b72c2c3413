//! The stand-in itself.

use reqwest::{Client, Response};
use serde_json::{Value, json};
use slack_simulator::{Fault, Place, Simulator};

async fn post(url: &str, body: &Value) -> Response {
    Client::new().post(url).body(body.to_string()).send().await.unwrap()
}

#[tokio::test]
async fn takes_what_slack_takes_and_nothing_else() {
    let slack = Simulator::start().await.unwrap();
    let url = slack.slack_url();
    let ok = post(&url, &json!({ "text": "It burns." })).await;
    assert_eq!((ok.status().as_u16(), ok.text().await.unwrap().as_str()), (200, "ok"));
    assert_eq!(post(&url, &json!({ "text": " " })).await.status().as_u16(), 400);
    assert_eq!(post(&url, &json!(["text"])).await.status().as_u16(), 400);
    assert_eq!(post(&format!("{url}x"), &json!({ "text": "t" })).await.status().as_u16(), 404);
    assert_eq!(post(&slack.webhook_url(), &json!({ "kind": "k" })).await.status().as_u16(), 200);
    let delivered = slack.delivered();
    let places: Vec<Place> = delivered.iter().map(|message| message.place).collect();
    assert_eq!((places, delivered[0].text()), (vec![Place::Slack, Place::Webhook], "It burns."));
}

#[tokio::test]
async fn what_is_spoiled_is_not_delivered() {
    let slack = Simulator::start().await.unwrap();
    slack.faults().next(1, Fault::RateLimited { retry_after_s: 7 });
    slack.faults().next(1, Fault::Status { status: 500 });
    let message = json!({ "text": "t" });
    let limited = post(&slack.slack_url(), &message).await;
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(post(&slack.slack_url(), &message).await.status().as_u16(), 500);
    assert_eq!(post(&slack.slack_url(), &message).await.status().as_u16(), 200);
    assert_eq!((slack.delivered().len(), slack.requests()), (1, 3));

    slack.faults().always(Fault::Never);
    let url = slack.slack_url();
    let hanging = tokio::spawn(async move { Client::new().post(url).body("{}").send().await.is_err() });
    slack.until_requested(4).await;
    assert!(!hanging.is_finished());
    slack.faults().clear();
    assert_eq!(post(&slack.slack_url(), &message).await.status().as_u16(), 200);
    hanging.abort();
}

#[tokio::test]
async fn is_away_and_back_at_the_same_address() {
    let slack = Simulator::start().await.unwrap();
    let (address, url) = (slack.address(), slack.slack_url());
    drop(slack);
    // The listener goes when its task does.
    while Client::new().post(&url).body("{}").send().await.is_ok() {
        tokio::task::yield_now().await;
    }
    let back = Simulator::start_at(address).await.unwrap();
    assert_eq!(post(&url, &json!({ "text": "t" })).await.status().as_u16(), 200);
    assert_eq!(back.delivered().len(), 1);
}
