//! The audit of storage: is every kept recording still there, as large as it was, and, when asked for,
//! the same bytes? It runs all the time beside the vault lane, and once by command.

use std::time::Duration;

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use supabase_client::audit::{AuditFinding, KeptRecording, MissingWhy};
use supabase_client::call::CallId;
use supabase_client::http::{Api, Error};
use tracing::{error, info, warn};

use super::Context;
use super::claims::Progress;
use super::vault::kept::hash_kept;

const EVERY: Duration = Duration::from_secs(60);
/// Each recording is looked at again after a day.
const CHECKED_FOR: TimeDelta = TimeDelta::hours(24);
/// Most recordings of one turn and of one page.
const PAGE: u32 = 500;
const AT_A_TIME: usize = 16;

/// How closely a recording is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// It is there and has its size.
    Size,
    /// Its bytes hash to what was noted: reads everything.
    Hash,
}

/// Audits until asked to stop: what was never looked at first, then what was not for longest.
pub async fn run(context: Context) {
    while !context.stop.is_cancelled() {
        match context.stop.run_until_cancelled(turn(&context)).await {
            Some(Ok(0)) | None => {}
            Some(Ok(looked_at)) => info!(looked_at, "recordings audited"),
            Some(Err(failure)) => warn!(error = %failure, "recordings could not be audited"),
        }
        context.pause(EVERY).await;
    }
}

/// Looks at the recordings that are due; answers with how many.
pub async fn turn(context: &Context) -> Result<usize, Error> {
    let checked_before = context.clock.now() - CHECKED_FOR;
    let due = context.api.recordings_unchecked_since(checked_before, PAGE).await?;
    for (missing, why) in look_at(&context.api, &due, Depth::Size).await? {
        let KeptRecording { call_id, ringba_call_id, .. } = missing;
        error!(%call_id, ringba_call_id, ?why, "a kept recording is missing in storage");
    }
    Ok(due.len())
}

/// Looks at every kept recording, and calls `missing` for each that is not there as it was noted.
/// Answers with how many were looked at.
pub async fn everything(
    api: &Api,
    depth: Depth,
    mut missing: impl FnMut(&KeptRecording, MissingWhy),
) -> Result<usize, Error> {
    let (mut looked_at, mut after) = (0, CallId(0));
    loop {
        let page = api.recordings_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(looked_at) };
        after = last.call_id;
        for (recording, why) in look_at(api, &page, depth).await? {
            missing(recording, why);
        }
        looked_at += page.len();
    }
}

/// Looks at these recordings, keeps what was found, and answers with those that are missing. One that
/// storage does not answer about is left for the next time; when it answers about none, storage is away.
async fn look_at<'a>(
    api: &Api,
    recordings: &'a [KeptRecording],
    depth: Depth,
) -> Result<Vec<(&'a KeptRecording, MissingWhy)>, Error> {
    let looks: Vec<_> = recordings.iter().map(|recording| what_is_missing(api, recording, depth)).collect();
    let answers: Vec<Result<Option<MissingWhy>, Error>> =
        stream::iter(looks).buffered(AT_A_TIME).collect().await;
    let mut away = None;
    let (mut findings, mut missing) = (Vec::new(), Vec::new());
    for (recording, answer) in recordings.iter().zip(answers) {
        let KeptRecording { call_id, storage_path, .. } = recording;
        match answer {
            Ok(missing_why) => {
                missing.extend(missing_why.map(|why| (recording, why)));
                let hashed = depth == Depth::Hash;
                findings.push(AuditFinding {
                    call_id: *call_id,
                    storage_path: storage_path.clone(),
                    missing_why,
                    hashed,
                });
            }
            Err(failure) => {
                warn!(%call_id, error = %failure, "a recording could not be looked at");
                away = Some(failure);
            }
        }
    }
    match away {
        Some(failure) if findings.is_empty() => Err(failure),
        _ => {
            // With nothing to report, too: what retention deleted is not missing any more.
            api.record_audit(&findings).await?;
            let mut still_kept = Vec::with_capacity(missing.len());
            for (recording, why) in missing {
                if why != MissingWhy::Gone || is_kept(api, recording).await? {
                    still_kept.push((recording, why));
                }
            }
            Ok(still_kept)
        }
    }
}

/// Whether a recording is still to be there: retention may have begun to delete it meanwhile.
async fn is_kept(api: &Api, recording: &KeptRecording) -> Result<bool, Error> {
    let next = api.recordings_after(CallId(recording.call_id.0 - 1), 1).await?;
    Ok(next.first().is_some_and(|kept| kept.call_id == recording.call_id))
}

async fn what_is_missing(
    api: &Api,
    recording: &KeptRecording,
    depth: Depth,
) -> Result<Option<MissingWhy>, Error> {
    let KeptRecording { storage_path, audio_bytes, audio_sha256, .. } = recording;
    let storage = api.storage();
    let Some(info) = storage.info(storage_path).await? else { return Ok(Some(MissingWhy::Gone)) };
    if audio_bytes.is_some_and(|noted| noted != info.size) {
        return Ok(Some(MissingWhy::Size));
    }
    if depth == Depth::Size {
        return Ok(None);
    }
    let Some(kept) = hash_kept(&storage, storage_path, &Progress::default()).await? else {
        return Ok(Some(MissingWhy::Gone));
    };
    let same = audio_sha256.as_ref().is_none_or(|noted| *noted == kept.sha256);
    Ok((!same).then_some(MissingWhy::Hash))
}
