//! What is deleted when its age is over, and what a legal hold keeps.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::CallId;

/// A recording that is to be deleted from Storage: an element of `api.claim_audio_deletions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioDeletion {
    pub call_id: CallId,
    pub ringba_call_id: String,
    /// Path of the original in the bucket `recordings`.
    pub storage_path: String,
    /// Path of its review copy there; absent where none was noted.
    pub review_path: Option<String>,
    /// Whether a legal hold came after the deletion had begun: what is still there stays.
    pub held: bool,
}

/// What became of one: an element of `api.record_audio_deletions(results)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedAudio {
    pub call_id: CallId,
    pub outcome: DeletionOutcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionOutcome {
    /// Original and review copy are gone from Storage.
    Deleted,
    /// A legal hold was there before the original was deleted.
    Kept,
    /// Storage did not do it; it is tried again.
    Failed,
}

/// Where a recording lies in the bucket `recordings`: what `api.recording_to_play` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingPaths {
    pub storage_path: String,
    /// Absent while there is no review copy.
    pub review_path: Option<String>,
}

/// Why nothing of a call may be deleted: the open row of `core.legal_holds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    #[serde(deserialize_with = "crate::moment::read")]
    pub held_at: DateTime<Utc>,
    /// E-mail address of the admin.
    pub held_by: String,
    pub reason: String,
}
