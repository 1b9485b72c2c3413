//! Recordings whose age is over leave Storage, original and review copy. It runs all the time beside the
//! vault lane.
//!
//! The database marks a recording before anything is deleted, so that nobody plays it, works on it or misses
//! it, and hands it out again a minute later when nobody said what became of it. Deleting what is gone
//! already is no failure: a server that was killed anywhere in between is finished by the next one. A legal
//! hold is kept by the database, which refuses to let Storage forget the object.

use std::time::Duration;

use futures::{StreamExt, stream};
use supabase_client::http::{Error, Storage};
use supabase_client::retention::{AudioDeletion, DeletedAudio, DeletionOutcome};
use supabase_client::review_copy::review_copy_path;
use tracing::{info, warn};

use super::Context;

const EVERY: Duration = Duration::from_secs(60);
/// Most recordings of one turn: so many are not to be played while Storage is asked.
const BATCH: u32 = 50;
const AT_A_TIME: usize = 8;

/// Deletes until asked to stop, oldest calls first. A turn that ends early leaves what it had marked to the next.
pub async fn run(context: Context) {
    while !context.stop.is_cancelled() {
        match context.stop.run_until_cancelled(turn(&context)).await {
            // There are more, and Storage does what it is asked.
            Some(Ok(deleted)) if deleted == BATCH as usize => continue,
            Some(Ok(_)) | None => {}
            Some(Err(failure)) => {
                warn!(error = %failure, "recordings whose age is over could not be asked for");
            }
        }
        context.pause(EVERY).await;
    }
}

/// Deletes a batch of recordings; answers with how many are gone.
pub async fn turn(context: &Context) -> Result<usize, Error> {
    let due = context.api.claim_audio_deletions(BATCH).await?;
    if due.is_empty() { Ok(0) } else { delete_all(context, &due).await }
}

/// Deletes what was handed out, and says what became of it; answers with how many are gone.
pub async fn delete_all(context: &Context, due: &[AudioDeletion]) -> Result<usize, Error> {
    let storage = context.api.storage();
    let deletions: Vec<_> = due.iter().map(|recording| delete(&storage, recording)).collect();
    let answers: Vec<_> = stream::iter(deletions).buffered(AT_A_TIME).collect().await;
    let mut failures = Vec::new();
    let mut results = Vec::with_capacity(due.len());
    for (AudioDeletion { call_id, .. }, answer) in due.iter().zip(answers) {
        let outcome = answer.unwrap_or_else(|failure| {
            failures.push(failure);
            DeletionOutcome::Failed
        });
        results.push(DeletedAudio { call_id: *call_id, outcome });
    }
    if let Some(failure) = failures.first() {
        let failed = failures.len();
        warn!(failed, error = %failure, "recordings could not be deleted from storage; they are tried again");
    }
    let deleted = results.iter().filter(|result| result.outcome == DeletionOutcome::Deleted).count();
    let left = context.api.record_audio_deletions(&results).await?;
    if deleted > 0 {
        info!(deleted, left, "recordings deleted, their age was over");
    }
    Ok(deleted)
}

/// The original goes last: as long as it is there, a hold can keep it.
async fn delete(storage: &Storage, recording: &AudioDeletion) -> Result<DeletionOutcome, Error> {
    if recording.held {
        return what_is_left(storage, recording).await;
    }
    let AudioDeletion { storage_path, review_path, .. } = recording;
    // A worker may have stored a copy and died before it was noted.
    let unnoted = review_copy_path(storage_path);
    let noted = review_path.as_ref().filter(|noted| **noted != unnoted);
    for path in noted.into_iter().chain([&unnoted, storage_path]) {
        match storage.delete(path).await {
            Ok(()) => {}
            // The call is under a legal hold by now.
            Err(Error::Forbidden) => return what_is_left(storage, recording).await,
            Err(failure) => return Err(failure),
        }
    }
    Ok(DeletionOutcome::Deleted)
}

/// A hold that came while the recording was being deleted came in time if the original is there.
async fn what_is_left(storage: &Storage, recording: &AudioDeletion) -> Result<DeletionOutcome, Error> {
    let original = storage.info(&recording.storage_path).await?;
    Ok(if original.is_some() { DeletionOutcome::Kept } else { DeletionOutcome::Deleted })
}
