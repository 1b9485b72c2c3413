//! What the database must hold in the end: the ledger, call by call.

use std::collections::BTreeMap;

use ringba_simulator::Ledger;
use sha2::{Digest, Sha256};
use supabase_client::audit::KeptRecording;
use supabase_client::call::{CallId, CallStatus, CallSummary};
use supabase_client::http::Api;
use supabase_client::queue::QueueFilter;

/// Where database and ledger differ, in words.
pub async fn differences(api: &Api, ledger: &Ledger) -> Vec<String> {
    let calls: Vec<CallSummary> =
        api.queue_page(&QueueFilter::default(), None, 1_000).await.unwrap().into_calls();
    let kept: BTreeMap<CallId, KeptRecording> = api
        .recordings_after(CallId(0), 1_000)
        .await
        .unwrap()
        .into_iter()
        .map(|kept| (kept.call_id, kept))
        .collect();
    let mut differences = Vec::new();
    for told in ledger.calls() {
        let mut of_the_call = calls.iter().filter(|call| call.ringba_call_id == told.id);
        let Some(call) = of_the_call.next() else {
            differences.push(format!("{} is missing", told.id));
            continue;
        };
        let ours = (call.start_time_utc, call.completed_at, call.revenue, call.payout, call.cost);
        let theirs = (told.start, Some(told.end), Some(told.revenue), Some(told.payout), Some(told.cost));
        if ours != theirs {
            differences.push(format!("{}: {ours:?} instead of {theirs:?}", told.id));
        }
        if call.target_name.as_deref() != Some(told.target.name.as_str()) {
            differences.push(format!("{}: target {:?}", told.id, call.target_name));
        }
        let kept = kept.get(&call.call_id).map(|kept| (kept.audio_bytes, kept.audio_sha256.clone()));
        let recorded = told.recording.as_ref().map(|file| {
            let bytes = std::fs::read(file).unwrap();
            (Some(i64::try_from(bytes.len()).unwrap()), Some(format!("{:x}", Sha256::digest(&bytes))))
        });
        if kept != recorded {
            differences.push(format!(
                "{}: {kept:?} is kept instead of {recorded:?}; {:?} {:?}",
                told.id, call.status, call.last_error
            ));
        }
        let fitting: &[CallStatus] = if recorded.is_some() {
            &[CallStatus::Downloaded]
        } else {
            &[CallStatus::Pending, CallStatus::NoRecording]
        };
        if !fitting.contains(&call.status) {
            differences.push(format!("{}: {:?}, {:?}", told.id, call.status, call.last_error));
        }
    }
    if calls.len() != ledger.calls().len() {
        differences.push(format!("{} calls instead of {}", calls.len(), ledger.calls().len()));
    }
    differences
}
