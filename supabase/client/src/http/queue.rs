//! The queue functions that the lanes live on.
//!
//! All of them but [`Api::claim`] may be repeated: completions, failures and releases are tied to
//! a lease token, and the same word said twice gets the first answer again.

use serde_json::json;
use uuid::Uuid;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::{CallId, CallStatus};
use crate::judgement::Judgement;
use crate::lane::{Beat, BeatAnswer, ClaimedCall, Lane};
use crate::review_copy::ReviewCopy;
use crate::ruleset::JudgeMaterial;
use crate::transcript::Transcript;

/// A recording that lies in the bucket: what the vault lane reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecording {
    /// Path inside the bucket.
    pub storage_path: String,
    pub bytes: i64,
    /// Hexadecimal, lower case.
    pub sha256: String,
    pub content_type: String,
}

/// Why the work on a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'a> {
    /// For people, on the call page.
    pub sentence: &'a str,
    /// A short lasting name for alerts and counts, for example `recording_gone`.
    pub code: Option<&'a str>,
    /// Trying again is useless.
    pub permanent: bool,
}

impl Api {
    /// Takes up to `max` calls of a lane under fresh leases.
    ///
    /// Never repeated: when the answer is lost, the calls stand under leases that nobody beats, and
    /// the reaper gives them back within minutes at the cost of one attempt. A blind second try
    /// would lose more calls in the same way; the lane polls again anyway.
    pub async fn claim(&self, lane: Lane, worker: &str, max: u32) -> Result<Vec<ClaimedCall>, Error> {
        self.call("claim", json!({ "lane": lane, "worker": worker, "max": max }), Repeat::Never).await
    }

    /// Extends leases and tells which were lost.
    pub async fn heartbeat(&self, beats: &[Beat]) -> Result<Vec<BeatAnswer>, Error> {
        self.call("heartbeat", json!({ "beats": beats }), Repeat::ForLane).await
    }

    pub async fn complete_download(
        &self,
        lease_token: Uuid,
        stored: &StoredRecording,
    ) -> Result<CallStatus, Error> {
        let StoredRecording { storage_path, bytes, sha256, content_type } = stored;
        let arguments = json!({
            "lease_token": lease_token, "storage_path": storage_path, "bytes": bytes,
            "sha256": sha256, "content_type": content_type,
        });
        self.call("complete_download", arguments, Repeat::ForLane).await
    }

    /// Stores a transcript and, with it, what is noted about the review copy. Without one the call
    /// keeps the copy that it has, if any: it belongs to the recording, not to the transcript.
    pub async fn complete_transcription(
        &self,
        lease_token: Uuid,
        transcript: &Transcript,
        review_copy: Option<&ReviewCopy>,
    ) -> Result<CallStatus, Error> {
        let arguments =
            json!({ "lease_token": lease_token, "transcript": transcript, "review_copy": review_copy });
        self.call("complete_transcription", arguments, Repeat::ForLane).await
    }

    pub async fn complete_judgement(
        &self,
        lease_token: Uuid,
        judgement: &Judgement,
    ) -> Result<CallStatus, Error> {
        let arguments = json!({ "lease_token": lease_token, "judgement": judgement });
        self.call("complete_judgement", arguments, Repeat::ForLane).await
    }

    /// Reports a failure. The call comes back after a delay, or ends in `failed` when the failure
    /// is permanent or the third.
    pub async fn fail(&self, lease_token: Uuid, failure: Failure<'_>) -> Result<CallStatus, Error> {
        let Failure { sentence, code, permanent } = failure;
        let arguments = json!({
            "lease_token": lease_token, "error": sentence, "permanent": permanent, "code": code,
        });
        self.call("fail", arguments, Repeat::ForLane).await
    }

    /// Gives a call back unpenalised, because something else is away; it comes again after a growing delay.
    pub async fn postpone(&self, lease_token: Uuid, sentence: &str, code: &str) -> Result<CallStatus, Error> {
        let arguments = json!({ "lease_token": lease_token, "error": sentence, "code": code });
        self.call("postpone", arguments, Repeat::ForLane).await
    }

    /// Gives a call back unpenalised.
    pub async fn release(&self, lease_token: Uuid) -> Result<CallStatus, Error> {
        self.call("release", json!({ "lease_token": lease_token }), Repeat::ForLane).await
    }

    /// Transcript and ruleset of one call, and what is known of it where only unasked rules are to be asked.
    pub async fn judge_material(&self, call_id: CallId) -> Result<JudgeMaterial, Error> {
        self.call("judge_material", json!({ "call_id": call_id }), Repeat::ForLane).await
    }
    /// Sends calls back to the judge whose unasked rules can be asked again, longest waiting first; their
    /// verdicts stay shown. At most 1000 at a time; answers with how many.
    ///
    /// Never repeated: a second try would send back others, and the lane comes again anyway.
    pub async fn ask_unasked(&self, max: u32) -> Result<u32, Error> {
        self.call("ask_unasked", json!({ "max": max }), Repeat::Never).await
    }
}
