//! Recording links: whole, expired, and spoiled in every way.

mod common;

use std::time::Duration;

use common::{Rig, call, demo_folder};
use futures::StreamExt;
use reqwest::{Response, StatusCode};
use ringba_simulator::{ALWAYS, Endpoint, LedgerCall, RecordingFault};

struct Linked {
    rig: Rig,
    link: String,
    sound: Vec<u8>,
}

/// One call, over, with its link.
async fn linked() -> Linked {
    let rig = Rig::with([call("one", 0)]).await;
    rig.advance_s(61);
    let link = rig.only_record().await["recordingUrl"].as_str().unwrap().to_owned();
    Linked { rig, link, sound: std::fs::read(demo_folder().join("call4_gift_card.mp3")).unwrap() }
}

impl Linked {
    async fn fetch(&self) -> Response {
        self.rig.get(&self.link).send().await.unwrap()
    }

    fn spoil(&self, fault: RecordingFault) {
        self.rig.simulator.faults().recording("one", 1, fault);
    }
}

#[tokio::test]
async fn the_sound_comes_whole_without_token_and_without_ranges() {
    let linked = linked().await;
    let response = linked.rig.get(&linked.link).header("Range", "bytes=0-99").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "audio/mpeg");
    assert_eq!(response.headers()["accept-ranges"], "none");
    assert_eq!(response.content_length(), Some(linked.sound.len() as u64));
    assert_eq!(response.bytes().await.unwrap(), linked.sound);
    assert_eq!(linked.rig.simulator.requests(Endpoint::Recording), 1);
}

#[tokio::test]
async fn a_link_dies_and_an_invented_one_never_lived() {
    let linked = linked().await;
    linked.rig.advance_s(24 * 60 * 60 - 1);
    assert_eq!(linked.fetch().await.status(), StatusCode::OK);
    linked.rig.advance_s(1);
    assert_eq!(linked.fetch().await.status(), StatusCode::GONE);

    let invented = format!("{}AAAA", linked.link);
    assert_eq!(linked.rig.get(&invented).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_is_dead_before_it_is_told() {
    let slow = LedgerCall { link_after: Duration::from_secs(30), ..call("one", 0) };
    let rig = Rig::with([slow]).await;
    rig.advance_s(90);
    let link = rig.only_record().await["recordingUrl"].as_str().unwrap().to_owned();
    assert_eq!(rig.get(&link).send().await.unwrap().status(), StatusCode::OK);
    rig.clock.set(common::moment() + Duration::from_secs(89));
    assert_eq!(rig.get(&link).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fault_hits_as_often_as_it_was_planned() {
    let linked = linked().await;
    linked.rig.simulator.faults().recording("one", 2, RecordingFault::Missing);
    linked.spoil(RecordingFault::Status { status: 503 });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(linked.fetch().await.status().as_u16());
    }
    assert_eq!(statuses, [404, 404, 503, 200]);

    linked.rig.simulator.faults().recording("one", ALWAYS, RecordingFault::Expired);
    for _ in 0..3 {
        assert_eq!(linked.fetch().await.status(), StatusCode::GONE);
    }
    linked.rig.simulator.faults().clear();
    assert_eq!(linked.fetch().await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_truncated_recording_breaks_off_after_its_first_bytes() {
    let linked = linked().await;
    linked.spoil(RecordingFault::Truncated { keep_bytes: 10_000 });
    let response = linked.fetch().await;
    assert_eq!(response.content_length(), Some(linked.sound.len() as u64));
    let mut received = Vec::new();
    let mut body = response.bytes_stream();
    let end = loop {
        match body.next().await {
            Some(Ok(bytes)) => received.extend(bytes),
            end => break end,
        }
    };
    assert!(matches!(end, Some(Err(_))), "the body ended as if it were whole");
    assert_eq!(received, linked.sound[..10_000]);
}

#[tokio::test]
async fn what_is_no_sound_is_served_as_told() {
    let linked = linked().await;
    linked.spoil(RecordingFault::Empty);
    let empty = linked.fetch().await;
    assert_eq!(empty.headers()["content-type"], "audio/mpeg");
    assert_eq!(empty.bytes().await.unwrap().len(), 0);

    linked.spoil(RecordingFault::Html);
    let html = linked.fetch().await;
    assert_eq!(
        (html.status(), html.headers()["content-type"].as_bytes()),
        (StatusCode::OK, b"text/html".as_slice())
    );

    linked.spoil(RecordingFault::NotAudio);
    let text = linked.fetch().await;
    assert_eq!(text.headers()["content-type"], "audio/mpeg");
    assert!(text.text().await.unwrap().starts_with("This is a sentence"));

    linked.spoil(RecordingFault::Redirect { url: "http://127.0.0.1:1/elsewhere".to_owned() });
    let redirect = linked.fetch().await;
    assert_eq!(redirect.status(), StatusCode::FOUND);
    assert_eq!(redirect.headers()["location"], "http://127.0.0.1:1/elsewhere");
}

#[tokio::test]
async fn an_endless_recording_begins_like_the_sound_and_goes_on() {
    let linked = linked().await;
    linked.spoil(RecordingFault::Endless);
    let response = linked.fetch().await;
    assert_eq!(response.content_length(), None);
    let mut received = Vec::new();
    let mut body = response.bytes_stream();
    while received.len() < linked.sound.len() + 1_000_000 {
        received.extend(body.next().await.expect("the body ended").unwrap());
    }
    assert_eq!(received[..linked.sound.len()], linked.sound);
}

#[tokio::test]
async fn a_slow_recording_takes_its_time_and_is_whole() {
    let linked = linked().await;
    let bytes_per_second = linked.sound.len();
    linked.spoil(RecordingFault::Slow { bytes_per_second });
    let started = std::time::Instant::now();
    assert_eq!(linked.fetch().await.bytes().await.unwrap(), linked.sound);
    assert!(started.elapsed() > Duration::from_millis(900), "{:?}", started.elapsed());
}
