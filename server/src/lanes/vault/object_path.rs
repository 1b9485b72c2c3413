//! Where a recording lies in the bucket: `{account}/{yyyy}/{mm}/{dd}/{id}.{ext}`.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::sniff::AudioType;

/// Longer names are replaced by their hash: file systems end at 255 bytes, and the ending follows.
const LONGEST_NAME: usize = 200;

/// The path of a call's recording. Different calls have different paths, whatever their ids hold.
pub fn object_path(account: &str, started: DateTime<Utc>, ringba_call_id: &str, audio: AudioType) -> String {
    let (account, id) = (encoded(account), encoded(ringba_call_id));
    format!("{account}/{}/{id}.{}", started.format("%Y/%m/%d"), audio.extension())
}

/// Foreign text as one path segment of letters, digits, `-` and `_`; every other byte becomes `=` and
/// two hexadecimal digits (Storage allows no `%`). No two texts share a segment, and none is a dot.
fn encoded(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            segment.push(char::from(byte));
        } else {
            let _ = write!(segment, "={byte:02X}");
        }
    }
    if segment.is_empty() || segment.len() > LONGEST_NAME {
        // No byte is written as `=h`, so a hash cannot meet another text.
        segment = format!("=h{:x}", Sha256::digest(text));
    }
    segment
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(account: &str, id: &str) -> String {
        let started = "2026-03-02T23:59:59.999Z".parse().unwrap();
        object_path(account, started, id, AudioType::Mp3)
    }

    #[test]
    fn ordinary_ids_stay_readable() {
        assert_eq!(path("RA0123", "RGBA1-b_2V3"), "RA0123/2026/03/02/RGBA1-b_2V3.mp3");
    }

    #[test]
    fn no_id_leaves_its_folder() {
        assert_eq!(path("RA0123", "../../x"), "RA0123/2026/03/02/=2E=2E=2F=2E=2E=2Fx.mp3");
        assert_eq!(path("..", "a=b"), "=2E=2E/2026/03/02/a=3Db.mp3");
    }

    proptest! {
        #[test]
        fn every_id_is_one_short_segment_of_allowed_letters(id in any::<String>()) {
            let segment = encoded(&id);
            prop_assert!((1..=LONGEST_NAME).contains(&segment.len()));
            prop_assert!(segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte)));
        }

        #[test]
        fn different_ids_never_meet(one in "[aA./= é-]{0,80}", other in "[aA./= é-]{0,80}") {
            prop_assert_eq!(encoded(&one) == encoded(&other), one == other);
        }
    }
}
