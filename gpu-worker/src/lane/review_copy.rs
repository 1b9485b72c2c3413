//! The review copy: encoded and stored beside the original while the engine hears the call.

use std::sync::Arc;
use std::time::Duration;

use supabase_client::http::Error;
use supabase_client::review_copy::{ReviewCopy, review_copy_path};
use tokio::task::spawn_blocking;

use super::Running;
use super::call::{Trouble, disk_trouble, timed, unless_stopped};
use super::held::HeldCall;
use crate::audio::Recording;
use crate::audio::review_copy::{self, CONTENT_TYPE, ReviewCopyError};
use crate::engine::stop::Reason;

/// Encodes the copy and uploads it. The object is complete before anything points to it; one that a lost
/// worker left behind is replaced.
pub async fn store(
    running: &Running,
    held: &HeldCall,
    recording: Arc<Recording>,
    original: &str,
    encode: &mut Duration,
    upload: &mut Duration,
) -> Result<ReviewCopy, Trouble> {
    let stop = Arc::clone(&held.stop);
    let encoding = spawn_blocking(move || review_copy::encode(&recording, &|| stop.is_asked()));
    let review_copy::ReviewCopy { file, bytes, sha256 } = match timed(encode, encoding).await {
        Ok(Ok(copy)) => copy,
        Ok(Err(error)) => return Err(encode_trouble(held, &error)),
        Err(_) => return Err(failed("The encoder of the review copy gave up.")),
    };
    let path = review_copy_path(original);
    let storage = running.lane.api.storage();
    let uploading = storage.upload_file(&path, CONTENT_TYPE, file);
    timed(upload, unless_stopped(held, uploading)).await?.map_err(|error| upload_trouble(&error))?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    Ok(ReviewCopy { path, bytes, sha256, content_type: CONTENT_TYPE.to_owned() })
}

fn encode_trouble(held: &HeldCall, error: &ReviewCopyError) -> Trouble {
    match error {
        ReviewCopyError::Stopped => Trouble::Stopped(held.stop.reason().unwrap_or(Reason::Ending)),
        ReviewCopyError::Disk(_) => disk_trouble(&error.to_string()),
        ReviewCopyError::Encoder(_) => failed(&error.to_string()),
    }
}

fn upload_trouble(error: &Error) -> Trouble {
    match error {
        Error::Forbidden => failed("The worker may not store the review copy."),
        Error::Source(_) => disk_trouble("The worker could not read the review copy from its disk."),
        error if error.is_transient() || matches!(error, Error::NotSignedIn) => Trouble::Away {
            sentence: "The review copy could not be stored.".to_owned(),
            code: "storage_away",
        },
        _ => failed("Storage refused the review copy."),
    }
}

fn failed(sentence: &str) -> Trouble {
    Trouble::Failed { sentence: sentence.to_owned(), code: "review_copy_failed", permanent: false }
}
