//! The vault lane: brings a recording into Storage before its link dies.
//!
//! [`checks`] says where a link may lead, [`fetch`] follows it, [`sniff`] looks at what comes,
//! [`object_path`] says where it is kept.

pub mod checks;
pub mod fetch;
pub mod object_path;
pub mod sniff;

use supabase_client::call::CallStatus;
use supabase_client::http::{Api, StoredRecording};
use supabase_client::lane::{ClaimedCall, Lane};

use super::claims::{Progress, Trouble, Work};
use fetch::{FetchError, Fetcher};
use object_path::object_path;

pub struct Vault {
    pub api: Api,
    pub fetcher: Fetcher,
}

impl Work for Vault {
    const LANE: Lane = Lane::Vault;

    /// Storing twice leaves one object: the path comes from the call.
    async fn work(&self, call: &ClaimedCall, progress: &Progress) -> Result<CallStatus, Trouble> {
        let Some(link) = call.audio_url.as_deref() else {
            return Err(Trouble::Call {
                sentence: "The call has no link to a recording.".to_owned(),
                permanent: false,
            });
        };
        let recording = self.fetcher.open(link, progress).await?;
        let (audio, announced) = (recording.audio, recording.announced);
        let storage_path = object_path(&call.account, call.start_time_utc, &call.ringba_call_id, audio);
        let (stream, ending) = recording.into_stream();
        let stored = self.api.storage().upload(&storage_path, audio.content_type(), announced, stream).await;
        // Storage only knows that the stream broke; the stream knows why.
        let whole = match (ending.take(), stored) {
            (Some(Err(error)), _) => return Err(error.into()),
            (_, Err(error)) => return Err(error.into()),
            (Some(Ok(whole)), Ok(())) => whole,
            (None, Ok(())) => return Err(FetchError::Broken.into()),
        };
        let stored = StoredRecording {
            storage_path,
            bytes: i64::try_from(whole.bytes).unwrap_or(i64::MAX),
            sha256: whole.sha256,
            content_type: audio.content_type().to_owned(),
        };
        Ok(self.api.complete_download(call.lease_token, &stored).await?)
    }
}
