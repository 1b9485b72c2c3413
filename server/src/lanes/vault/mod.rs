//! The vault lane: brings a recording into Storage before its link dies.
//!
//! [`checks`] says where a link may lead, [`fetch`] follows it, [`sniff`] looks at what comes,
//! [`object_path`] says where it is kept, [`kept`] looks at what lies there.

pub mod checks;
pub mod fetch;
mod host_slots;
pub mod kept;
pub mod object_path;
pub mod sniff;

use supabase_client::call::CallStatus;
use supabase_client::http::{Api, StoredRecording};
use supabase_client::lane::{ClaimedCall, Lane};

use super::claims::{Progress, Trouble, Work};
use fetch::{FetchError, Fetcher, Recording, Whole};
use kept::hash_kept;
use object_path::object_path;
use sniff::AudioType;

pub struct Vault {
    pub api: Api,
    pub fetcher: Fetcher,
}

impl Work for Vault {
    const LANE: Lane = Lane::Vault;

    /// Storing twice leaves one object: the path comes from the call.
    async fn work(&self, call: &ClaimedCall, progress: &Progress) -> Result<CallStatus, Trouble> {
        let before = if call.attempts > 0 { self.find_kept(call, progress).await? } else { None };
        let stored = match before {
            Some(kept) => kept,
            None => match self.fetch(call, progress).await {
                // An earlier round may have stored it.
                Err(gone @ Trouble::Call { code: FetchError::GONE, .. }) => {
                    self.find_kept(call, progress).await?.ok_or(gone)?
                }
                fetched => fetched?,
            },
        };
        Ok(self.api.complete_download(call.lease_token, &stored).await?)
    }
}

impl Vault {
    async fn open(&self, call: &ClaimedCall, progress: &Progress) -> Result<Recording, Trouble> {
        let Some(link) = call.audio_url.as_deref() else {
            return Err(Trouble::Call {
                sentence: "The call has no link to a recording.".to_owned(),
                code: "link_missing",
                permanent: false,
            });
        };
        Ok(self.fetcher.open(link, progress).await?)
    }

    /// From the link into Storage, as a stream.
    async fn fetch(&self, call: &ClaimedCall, progress: &Progress) -> Result<StoredRecording, Trouble> {
        let recording = self.open(call, progress).await?;
        let (audio, announced) = (recording.audio, recording.announced);
        let path = path_of(call, audio);
        let (stream, ending) = recording.into_stream();
        let stored = self.api.storage().upload(&path, audio.content_type(), announced, stream).await;
        // Storage only knows that the stream broke; the stream knows why.
        match (ending.take(), stored) {
            (Some(Err(error)), _) => Err(error.into()),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(whole)), Ok(())) => Ok(stored_recording(path, audio, whole)),
            (None, Ok(())) => Err(FetchError::Broken.into()),
        }
    }

    /// What an earlier try stored before it died without a word. Uploads are all or nothing, so whatever
    /// lies at the call's path is a whole recording; it is this one when the link leads to the same bytes,
    /// or to nothing any more.
    async fn find_kept(
        &self,
        call: &ClaimedCall,
        progress: &Progress,
    ) -> Result<Option<StoredRecording>, Trouble> {
        let storage = self.api.storage();
        for audio in AudioType::ALL {
            let path = path_of(call, audio);
            if storage.info(&path).await?.is_none() {
                continue;
            }
            let Some(kept) = hash_kept(&storage, &path, progress).await? else { continue };
            let same = match self.open(call, progress).await {
                Ok(recording) if recording.announced.is_none_or(|announced| announced == kept.bytes) => {
                    recording.hash().await? == kept
                }
                Ok(_) => false,
                Err(Trouble::Call { code: FetchError::GONE, .. }) => true,
                Err(trouble) => return Err(trouble),
            };
            if same {
                return Ok(Some(stored_recording(path, audio, kept)));
            }
        }
        Ok(None)
    }
}

fn path_of(call: &ClaimedCall, audio: AudioType) -> String {
    object_path(&call.account, call.start_time_utc, &call.ringba_call_id, audio)
}

fn stored_recording(storage_path: String, audio: AudioType, whole: Whole) -> StoredRecording {
    StoredRecording {
        storage_path,
        bytes: i64::try_from(whole.bytes).unwrap_or(i64::MAX),
        sha256: whole.sha256,
        content_type: audio.content_type().to_owned(),
    }
}
