//! What the audit of storage looks at, and what it found.

use serde::{Deserialize, Serialize};

use crate::call::CallId;

/// A kept recording with what was noted when it was stored: one row of `api.recordings_to_audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRecording {
    pub call_id: CallId,
    pub ringba_call_id: String,
    /// Path inside the bucket `recordings`.
    pub storage_path: String,
    /// Size in bytes.
    pub audio_bytes: Option<i64>,
    /// Hexadecimal, lower case.
    pub audio_sha256: Option<String>,
}

/// What the audit found for one recording: an element of `api.record_audit(findings)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFinding {
    pub call_id: CallId,
    pub storage_path: String,
    /// Absent when the object is there and is what was noted, as far as it was looked at.
    pub missing_why: Option<MissingWhy>,
    /// Whether its bytes were read, too.
    pub hashed: bool,
}

/// In what way a recording is missing, as constraint `audio_missing_why_valid` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingWhy {
    /// There is no object.
    Gone,
    /// It has another size.
    Size,
    /// It has other bytes.
    Hash,
}
