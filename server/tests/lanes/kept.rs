//! Recordings in Storage: what a vault that died had stored already, and what the audit finds.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callscript_server::lanes::Context;
use callscript_server::lanes::audit::{self, Depth, everything};
use callscript_server::lanes::vault::object_path::object_path;
use callscript_server::lanes::vault::sniff::AudioType;
use chrono::{TimeDelta, Utc};
use futures::stream;
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Ledger, LedgerCall, RecordingFault};
use supabase_client::audit::KeptRecording;
use supabase_client::call::CallStatus;
use supabase_client::criterion::Criterion;
use supabase_client::http::Api;
use supabase_client::lane::{ClaimedCall, Lane};

use crate::running::{Running, Tomorrow, eventually};
use crate::support::demo_calls;

const RECORDING: &str = "call4_gift_card.mp3";

fn recorded(id: &str) -> LedgerCall {
    let mut call = LedgerCall::new(id, Utc::now() - TimeDelta::minutes(5), Duration::from_secs(60));
    call.recording = Some(demo_calls().join(RECORDING));
    call
}

fn bytes_of_the_recording() -> Vec<u8> {
    std::fs::read(demo_calls().join(RECORDING)).unwrap()
}

async fn put(api: &Api, path: &str, bytes: Vec<u8>) {
    let length = bytes.len() as u64;
    let body = stream::iter([Ok(Bytes::from(bytes))]);
    api.storage().upload(path, "audio/mpeg", Some(length), body).await.unwrap();
}

/// One call whose vault stored `bytes` and died before it could say so; its lease has run out.
async fn died_after_storing(bytes: Vec<u8>) -> (Running, ClaimedCall, String) {
    let running = Running::new(Ledger::from_iter([recorded("recorded")])).await;
    running.start_ingest(DEMO_TOKEN);
    running.wait_for("recorded", CallStatus::Pending).await;
    let api = &running.context.api;
    let claim = async || api.claim(Lane::Vault, "dies", 1).await.unwrap().pop();
    let call = eventually(claim).await;
    let path = object_path(&call.account, call.start_time_utc, &call.ringba_call_id, AudioType::Mp3);
    put(api, &path, bytes).await;
    running.stack.set_time_shift(Duration::from_mins(3)).await;
    running.stack.run_scheduled_work().await;
    (running, call, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_stored_already_is_not_stored_again() {
    let (running, _, path) = died_after_storing(bytes_of_the_recording()).await;
    let storage = running.context.api.storage();
    let before = storage.info(&path).await.unwrap().unwrap();
    running.start_vault();
    running.wait_for("recorded", CallStatus::Downloaded).await;
    assert_eq!(storage.info(&path).await.unwrap().unwrap(), before, "it was uploaded again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_stored_is_kept_when_its_link_has_died_meanwhile() {
    let (running, ..) = died_after_storing(bytes_of_the_recording()).await;
    running.simulator.faults().recording("recorded", 9, RecordingFault::Expired);
    running.start_vault();
    running.wait_for("recorded", CallStatus::Downloaded).await;
    let mut missing = 0;
    everything(&running.context.api, Depth::Hash, |_, _| missing += 1).await.unwrap();
    assert_eq!(missing, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_of_the_same_size_are_replaced() {
    let mut other = bytes_of_the_recording();
    *other.last_mut().unwrap() ^= 1;
    let (running, _, path) = died_after_storing(other).await;
    let storage = running.context.api.storage();
    let before = storage.info(&path).await.unwrap().unwrap();
    running.start_vault();
    running.wait_for("recorded", CallStatus::Downloaded).await;
    assert_ne!(storage.info(&path).await.unwrap().unwrap().version, before.version);
}

async fn audio_criterion(api: &Api) -> Criterion {
    let criteria = api.criteria().await.unwrap();
    criteria.into_iter().find(|criterion| criterion.criterion == 2).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_finds_what_is_gone_and_deep_what_is_changed() {
    let ids = ["whole", "gone", "changed"];
    let running = Running::new(ids.map(recorded).into_iter().collect()).await;
    running.start_ingest(DEMO_TOKEN);
    running.start_vault();
    for id in ids {
        running.wait_for(id, CallStatus::Downloaded).await;
    }
    let api = &running.context.api;
    let path = |id: &str| {
        let start = running.simulator.ledger().get(id).unwrap().start;
        object_path(DEMO_ACCOUNT, start, id, AudioType::Mp3)
    };
    let missing = async |depth| {
        let mut missing = Vec::new();
        let note = |recording: &KeptRecording, _| missing.push(recording.ringba_call_id.clone());
        assert_eq!(everything(api, depth, note).await.unwrap(), ids.len());
        missing.sort();
        missing
    };
    assert_eq!(missing(Depth::Hash).await, Vec::<String>::new());
    assert!(audio_criterion(api).await.holds);

    api.storage().delete(&path("gone")).await.unwrap();
    let mut changed = bytes_of_the_recording();
    changed[100] ^= 1;
    put(api, &path("changed"), changed).await;
    assert_eq!(missing(Depth::Size).await, ["gone"]);
    assert_eq!(missing(Depth::Hash).await, ["changed", "gone"]);
    let criterion = audio_criterion(api).await;
    assert!(!criterion.holds && criterion.measured == "2 missing", "{criterion:?}");
    let alerts = running.reviewer.open_alerts().await.unwrap();
    assert_eq!(alerts.iter().map(|alert| alert.kind.as_str()).collect::<Vec<_>>(), ["audio_missing"]);

    put(api, &path("gone"), bytes_of_the_recording()).await;
    put(api, &path("changed"), bytes_of_the_recording()).await;
    assert_eq!(missing(Depth::Size).await, Vec::<String>::new());
    assert!(!audio_criterion(api).await.holds, "the right size does not take back wrong bytes");
    assert_eq!(missing(Depth::Hash).await, Vec::<String>::new());
    assert_eq!(audit::turn(&running.context).await.unwrap(), 0, "all were looked at just now");
    running.stack.set_time_shift(Duration::from_hours(25)).await;
    let tomorrow = Context { clock: Arc::new(Tomorrow), ..running.context.clone() };
    assert_eq!(audit::turn(&tomorrow).await.unwrap(), ids.len(), "a day later all are due");
    assert!(audio_criterion(api).await.holds);
    assert_eq!(running.reviewer.open_alerts().await.unwrap(), []);
}
