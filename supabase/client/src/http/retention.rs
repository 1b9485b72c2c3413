//! Retention: recordings to be deleted, and legal holds.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::CallId;
use crate::retention::{AudioDeletion, DeletedAudio, LegalHold, RecordingPaths};

impl Api {
    /// Marks up to `max` recordings whose age is over as being deleted, and answers with them and with
    /// those that were left unfinished. Asked again after a lost answer, the rest comes a minute later.
    pub async fn claim_audio_deletions(&self, max: u32) -> Result<Vec<AudioDeletion>, Error> {
        self.call("claim_audio_deletions", json!({ "max": max }), Repeat::ForLane).await
    }

    /// Keeps what became of recordings that were to be deleted; answers with how many still are.
    pub async fn record_audio_deletions(&self, results: &[DeletedAudio]) -> Result<u32, Error> {
        self.call("record_audio_deletions", json!({ "results": results }), Repeat::ForLane).await
    }

    /// Where the recording of a call lies; refused with a sentence when retention has deleted it.
    pub async fn recording_to_play(&self, call_id: CallId) -> Result<RecordingPaths, Error> {
        self.call("recording_to_play", json!({ "call_id": call_id }), Repeat::ForPerson).await
    }

    /// Sets a legal hold. Never repeated: the second would be refused and hide that the first succeeded.
    pub async fn hold_call(&self, call_id: CallId, reason: &str) -> Result<LegalHold, Error> {
        self.call("hold_call", json!({ "call_id": call_id, "reason": reason }), Repeat::Never).await
    }

    /// Lifts a legal hold. Never repeated, as [`Api::hold_call`].
    pub async fn lift_hold(&self, call_id: CallId, reason: &str) -> Result<(), Error> {
        self.call("lift_hold", json!({ "call_id": call_id, "reason": reason }), Repeat::Never).await
    }
}
