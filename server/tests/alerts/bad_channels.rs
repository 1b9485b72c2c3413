//! Slack that refuses, hangs or is away, and servers that stop or die meanwhile.

use std::time::{Duration, Instant};

use ringba_simulator::Ledger;
use slack_simulator::{Fault, Place, Simulator};
use supabase_client::alert_message::AlertChannel;
use supabase_client::criterion::AlertLevel;

use crate::scene::Scene;

/// An alert that a lane raises, and how it is called there.
const KIND: &str = "audio_missing";
const TITLE: &str = "Recordings are lost";

async fn raise(scene: &Scene) {
    scene.api.raise_alert(KIND, "", AlertLevel::Critical, "One recording is missing.").await.unwrap();
}

async fn clear(scene: &Scene) {
    scene.api.clear_alert(KIND, "").await.unwrap();
}

fn assert_told_once(scene: &Scene) {
    let times = [false, true].map(|is_over| scene.told(TITLE, is_over).len());
    assert_eq!(times, [1, 1], "{:#?}", scene.texts());
}

/// A beginning and an end through a Slack that answers badly at first.
async fn through(fault: impl Fn(&Scene)) -> Scene {
    let mut scene = Scene::new(Ledger::default()).await;
    fault(&scene);
    scene.start_watchdog();
    raise(&scene).await;
    scene.until_told(TITLE, false, Instant::now()).await;
    fault(&scene);
    clear(&scene).await;
    scene.until_told(TITLE, true, Instant::now()).await;
    scene.until_all_is_told().await;
    assert_told_once(&scene);
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_wants_rest_gets_it() {
    let scene = through(|scene| scene.slack.faults().next(2, Fault::RateLimited { retry_after_s: 6 })).await;
    // Two refused, twice, each followed by a rest of six seconds at least.
    let first = scene.told(TITLE, false)[0].at;
    assert!(scene.told(TITLE, true)[0].at - first >= Duration::from_secs(12));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_fails_is_asked_again() {
    // More often than one sending tries.
    through(|scene| scene.slack.faults().next(4, Fault::Status { status: 500 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_hangs_is_not_waited_for() {
    through(|scene| scene.slack.faults().next(1, Fault::Never)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_for_itself_holds_nothing_up() {
    let mut scene = Scene::new(Ledger::default()).await;
    scene.slack.faults().next(1, Fault::Status { status: 400 });
    scene.start_watchdog();
    raise(&scene).await;
    scene.slack.until_requested(1).await;
    clear(&scene).await;
    scene.until_told(TITLE, true, Instant::now()).await;
    assert_eq!(scene.told(TITLE, false).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slack_that_is_away_is_told_when_it_is_back_in_order() {
    let mut scene = Scene::new(Ledger::default()).await;
    let address = scene.slack.address();
    // From the first question on what happens is kept for the channel.
    assert_eq!(scene.api.claim_alert_message(AlertChannel::Slack).await.unwrap(), None);
    scene.start_watchdog();
    scene.slack = Simulator::start().await.unwrap();
    raise(&scene).await;
    clear(&scene).await;
    // Long enough for a sending to fail: the place is free again afterwards.
    let failed = async {
        while scene.stack.failures_of_channel("slack").await == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), failed).await.unwrap();
    scene.slack = Simulator::start_at(address).await.unwrap();
    scene.until_told(TITLE, true, Instant::now()).await;
    scene.until_all_is_told().await;
    assert_told_once(&scene);
    assert!(scene.told(TITLE, false)[0].at <= scene.told(TITLE, true)[0].at);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_stop_die_and_start_tell_once_together() {
    let mut scene = Scene::new(Ledger::default()).await;
    scene.start_watchdog();
    scene.start_watchdog();
    // Stopped in good order in the middle of a message, which comes to its end.
    scene.slack.faults().next(2, Fault::Status { status: 503 });
    raise(&scene).await;
    scene.slack.until_requested(1).await;
    scene.stop_watchdogs().await;

    // Killed while Slack does not answer: the lease has to run out before another sends the message.
    scene.slack.faults().clear();
    scene.start_watchdog();
    scene.until_told(TITLE, false, Instant::now()).await;
    scene.slack.faults().next(1, Fault::Never);
    let asked = scene.slack.requests();
    clear(&scene).await;
    scene.slack.until_requested(asked + 1).await;
    scene.kill_watchdogs().await;
    scene.stack.set_time_shift(Duration::from_secs(150)).await;
    scene.start_watchdog();
    scene.start_watchdog();
    scene.until_told(TITLE, true, Instant::now()).await;
    scene.until_all_is_told().await;
    assert_told_once(&scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_a_few_messages_with_counts() {
    let mut scene = Scene::new(Ledger::default()).await;
    scene.with_webhook = true;
    for call in 1..=100 {
        let subject = format!("call {call}");
        scene.api.raise_alert("recording_gone", &subject, AlertLevel::Critical, "It is gone.").await.unwrap();
    }
    scene.start_watchdog();
    scene.until_told("Recordings are gone at Ringba", false, Instant::now()).await;
    scene.until_all_is_told().await;
    let told = scene.told("Recordings are gone at Ringba", false);
    let [message] = told.as_slice() else { panic!("{told:#?}") };
    assert!(message.text().contains("… and 95 more."), "{}", message.text());
    assert!(message.text().contains("How many: 100 alerts"), "{}", message.text());
    let data = scene.slack.delivered();
    let data = data.iter().find(|message| message.place == Place::Webhook).unwrap();
    assert_eq!((&data.body["alerts"], &data.body["kind"]), (&100.into(), &"recording_gone".into()));
    assert_eq!(data.body["link"], "https://callscript.example.com/?state=failed");
}
