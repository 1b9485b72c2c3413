//! Fetching recordings from the simulator: what comes whole, what is refused, and why.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{demo_calls, ringba};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use callscript_server::lanes::claims::{Progress, Trouble};
use callscript_server::lanes::clock::SystemClock;
use callscript_server::lanes::vault::checks::{Destinations, HostPattern};
use callscript_server::lanes::vault::fetch::{FetchError, FetchLimits, Fetcher, RingbaToken, Whole};
use callscript_server::lanes::vault::sniff::AudioType;
use chrono::{TimeDelta, Utc};
use futures::TryStreamExt;
use ringba_simulator::{DEMO_TOKEN, Ledger, LedgerCall, Options, RecordingFault, Simulator};
use sha2::{Digest, Sha256};

const LIMITS: FetchLimits = FetchLimits { largest_bytes: 1024 * 1024, per_host: 4 };

/// One recorded call, and its link as Ringba tells it.
async fn simulator() -> (Simulator, String) {
    let mut call = LedgerCall::new("recorded", Utc::now() - TimeDelta::minutes(5), Duration::from_secs(60));
    call.recording = Some(demo_calls().join("call4_gift_card.mp3"));
    let simulator = Simulator::start(Ledger::from_iter([call]), Options::default()).await.unwrap();
    let ringba = ringba(&simulator, DEMO_TOKEN, Arc::new(SystemClock));
    let records = ringba.details(&["recorded".to_owned()]).await.unwrap();
    let link = records[0].record.audio_url.clone().unwrap();
    (simulator, link)
}

/// Follows links to this host and port as the configuration of a demo allows it.
fn fetcher_for(host: &str) -> Fetcher {
    let destinations = Destinations {
        allowed: vec![HostPattern::parse("localhost").unwrap()],
        plain_http: vec![host.to_owned()],
    };
    Fetcher::new(destinations, None, LIMITS).unwrap()
}

fn fetcher(simulator: &Simulator) -> Fetcher {
    fetcher_for(&simulator.address().to_string())
}

/// Fetches to the end: the type and what went by, or why not.
async fn fetch(fetcher: &Fetcher, link: &str) -> Result<(AudioType, Whole, Vec<u8>), FetchError> {
    let recording = fetcher.open(link, &Progress::default()).await?;
    let audio = recording.audio;
    let (stream, ending) = recording.into_stream();
    let pieces: Result<Vec<_>, _> = stream.try_collect().await;
    let whole = ending.take().expect("the stream was read to its end")?;
    Ok((audio, whole, pieces.unwrap().concat()))
}

/// The sentence for the call page, and whether it is final.
fn verdict<T>(answer: Result<T, FetchError>) -> (String, bool) {
    match Trouble::from(answer.err().expect("this must be refused")) {
        Trouble::Call { sentence, permanent, .. } => (sentence, permanent),
        Trouble::Away { sentence, .. } => (sentence, false),
        Trouble::Supabase(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_recording_comes_whole_with_its_hash() {
    let (simulator, link) = simulator().await;
    let (audio, whole, bytes) = fetch(&fetcher(&simulator), &link).await.unwrap();
    let original = std::fs::read(demo_calls().join("call4_gift_card.mp3")).unwrap();
    assert_eq!(audio, AudioType::Mp3);
    assert_eq!(bytes, original);
    assert_eq!(whole.bytes, original.len() as u64);
    assert_eq!(whole.sha256, format!("{:x}", Sha256::digest(&original)));
}

#[tokio::test]
async fn each_spoiled_recording_has_its_sentence() {
    let (simulator, link) = simulator().await;
    let fetcher = fetcher(&simulator);
    let redirect = |url: &str| RecordingFault::Redirect { url: url.to_owned() };
    for (fault, sentence, permanent) in [
        (RecordingFault::Missing, "The recording is gone: its host answered 404.", true),
        (RecordingFault::Expired, "The recording is gone: its host answered 410.", true),
        (RecordingFault::Status { status: 503 }, "The recording's host answered 503.", false),
        (
            RecordingFault::Truncated { keep_bytes: 20_000 },
            "The connection to the recording's host failed.",
            false,
        ),
        (
            RecordingFault::Truncated { keep_bytes: 5 },
            "The connection to the recording's host failed.",
            false,
        ),
        (RecordingFault::Empty, "The recording is empty.", true),
        (RecordingFault::Html, "What the link leads to is no audio recording.", true),
        (RecordingFault::NotAudio, "What the link leads to is no audio recording.", true),
        (RecordingFault::Endless, "The recording is larger than 1048576 bytes.", true),
        (
            redirect("https://elsewhere.example/x.mp3"),
            "The recording's link leads to elsewhere.example, which is not among the allowed hosts.",
            true,
        ),
        (redirect("http://127.0.0.1:1/x.mp3"), "The recording's link is not encrypted (https).", true),
        (
            redirect("https://127.0.0.1:1/x.mp3"),
            "The recording's link leads to a private network address.",
            true,
        ),
        // The name is allowed; only the resolver knows where it leads.
        (
            redirect("https://localhost:1/x.mp3"),
            "The recording's link leads to a private network address.",
            true,
        ),
        (redirect("file:///etc/passwd"), "The recording's link is not a web address.", true),
        (redirect(&link), "The recording's link was redirected more than 5 times.", true),
    ] {
        simulator.faults().clear();
        simulator.faults().recording("recorded", 10, fault.clone());
        assert_eq!(verdict(fetch(&fetcher, &link).await), (sentence.to_owned(), permanent), "{fault:?}");
    }
}

#[tokio::test]
async fn a_link_that_is_none_is_refused() {
    let fetcher = fetcher_for("127.0.0.1:1");
    let sentence = "The recording's link is not a web address.".to_owned();
    assert_eq!(verdict(fetch(&fetcher, "recording.mp3").await), (sentence, true));
    let sentence = "The connection to the recording's host failed.".to_owned();
    assert_eq!(verdict(fetch(&fetcher, "http://127.0.0.1:1/x.mp3").await), (sentence, false));
}

/// A server that gives `/recording` only for the token, `/away` to whoever follows, and tells on
/// `/seen` whether a token came along.
async fn picky_server() -> String {
    let wants_token = |headers: HeaderMap| async move {
        match headers.get("authorization") {
            Some(proof) if proof == "Token secret" => b"ID3 and sound to follow".into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    };
    let tells = |headers: HeaderMap| async move {
        if headers.contains_key("authorization") {
            b"fLaC with token".as_slice()
        } else {
            b"OggS without token"
        }
    };
    let router = Router::new()
        .route("/recording", get(wants_token))
        .route("/open", get(tells))
        .route("/hop", get(|| async { Redirect::temporary("/open") }));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}

#[tokio::test]
async fn the_token_goes_to_ringba_only_and_only_on_demand() {
    let host = picky_server().await;
    let fetcher_with_token = |api: &str| {
        let destinations = Destinations { allowed: Vec::new(), plain_http: vec![host.clone()] };
        let token = RingbaToken { token: "secret".into(), api: api.parse().unwrap() };
        Fetcher::new(destinations, Some(token), LIMITS).unwrap()
    };
    let ringba = fetcher_with_token(&format!("http://{host}/v2"));
    let audio = |answer: Result<(AudioType, Whole, Vec<u8>), FetchError>| answer.map(|(audio, ..)| audio);
    assert_eq!(audio(fetch(&ringba, &format!("http://{host}/recording")).await).unwrap(), AudioType::Mp3);
    assert_eq!(audio(fetch(&ringba, &format!("http://{host}/hop")).await).unwrap(), AudioType::Ogg);

    let elsewhere = fetcher_with_token("https://api.ringba.com/v2");
    let refused = verdict(fetch(&elsewhere, &format!("http://{host}/recording")).await);
    assert_eq!(refused, ("The recording's host answered 401.".to_owned(), false));
}
