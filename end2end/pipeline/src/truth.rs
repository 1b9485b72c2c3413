//! What the database must hold in the end: the ledger, call by call.

use std::collections::BTreeMap;

use ringba_simulator::{Ledger, LedgerCall};
use sha2::{Digest, Sha256};
use supabase_client::audit::KeptRecording;
use supabase_client::call::{CallId, CallStatus, CallSummary};
use supabase_client::http::Api;
use supabase_client::queue::QueueFilter;

const PAGE: u32 = 1_000;

/// Where database and ledger differ, in words. `fitting` names the states in which a call may have ended.
pub async fn differences(
    api: &Api,
    ledger: &Ledger,
    fitting: impl Fn(&LedgerCall) -> &'static [CallStatus],
) -> anyhow::Result<Vec<String>> {
    let calls = calls(api).await?;
    let kept = recordings(api).await?;
    let mut by_id: BTreeMap<&str, &CallSummary> = BTreeMap::new();
    let mut differences = Vec::new();
    for call in &calls {
        if by_id.insert(&call.ringba_call_id, call).is_some() {
            differences.push(format!("{} is there twice", call.ringba_call_id));
        }
    }
    for told in ledger.calls() {
        let Some(call) = by_id.get(told.id.as_str()) else {
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
        let recorded = match &told.recording {
            None => None,
            Some(file) => {
                let bytes = std::fs::read(file)?;
                Some((Some(i64::try_from(bytes.len())?), Some(format!("{:x}", Sha256::digest(&bytes)))))
            }
        };
        if kept != recorded {
            differences.push(format!(
                "{}: {kept:?} is kept instead of {recorded:?}; {:?} {:?}",
                told.id, call.status, call.last_error
            ));
        }
        if !fitting(told).contains(&call.status) {
            differences.push(format!("{}: {:?}, {:?}", told.id, call.status, call.last_error));
        }
    }
    if calls.len() != ledger.calls().len() {
        differences.push(format!("{} calls instead of {}", calls.len(), ledger.calls().len()));
    }
    Ok(differences)
}

/// All calls that the database holds.
pub async fn calls(api: &Api) -> anyhow::Result<Vec<CallSummary>> {
    let mut calls = Vec::new();
    let mut after = None;
    loop {
        let page = api.queue_page(&QueueFilter::default(), after, PAGE).await?;
        after = page.next;
        calls.extend(page.into_calls());
        if after.is_none() {
            return Ok(calls);
        }
    }
}

async fn recordings(api: &Api) -> anyhow::Result<BTreeMap<CallId, KeptRecording>> {
    let mut kept = BTreeMap::new();
    let mut last = CallId(0);
    loop {
        let page = api.recordings_after(last, PAGE).await?;
        let Some(newest) = page.last() else { return Ok(kept) };
        last = newest.call_id;
        kept.extend(page.into_iter().map(|kept| (kept.call_id, kept)));
    }
}
