//! Review copies: the recording once more, in a form in which browsers find every second exactly.

use serde::{Deserialize, Serialize};

/// A review copy that lies in the bucket: an argument of `api.complete_transcription`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewCopy {
    /// Path inside the bucket, as [`review_copy_path`] gives it; the database refuses any other place.
    pub path: String,
    /// Size in bytes, more than 0.
    pub bytes: i64,
    /// Of the copy itself; hexadecimal, lower case.
    pub sha256: String,
    /// A type below `audio/`.
    pub content_type: String,
}

/// Where the review copy of a recording lies: `{id}.review.mp3` beside the original `{id}.{ext}`.
///
/// `core.is_review_copy_of` is the same rule as the database checks it, for the storage policies and
/// for what is noted about the call.
#[must_use]
pub fn review_copy_path(storage_path: &str) -> String {
    let name_at = storage_path.rfind('/').map_or(0, |slash| slash + 1);
    let end = storage_path[name_at..].rfind('.').map_or(storage_path.len(), |dot| name_at + dot);
    format!("{}.review.mp3", &storage_path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_lies_beside_the_original() {
        for (original, copy) in [
            ("RA1/2026/11/23/RGB1.wav", "RA1/2026/11/23/RGB1.review.mp3"),
            ("RA1/2026/11/23/RGB1.mp3", "RA1/2026/11/23/RGB1.review.mp3"),
            ("RA1/2026/11/23/RGB1", "RA1/2026/11/23/RGB1.review.mp3"),
            ("R.A1/2026/11.5/RGB1", "R.A1/2026/11.5/RGB1.review.mp3"),
            ("RA1/V1.5.wav", "RA1/V1.5.review.mp3"),
            ("RA1/RGB1.", "RA1/RGB1.review.mp3"),
            ("RGB1.wav", "RGB1.review.mp3"),
            ("Zürich/ä.wav", "Zürich/ä.review.mp3"),
        ] {
            assert_eq!(review_copy_path(original), copy);
        }
    }
}
