//! Which names objects may have.

use super::errors::StorageError;

/// Punctuation that a name may contain besides letters, digits and `_`.
const ALLOWED: &str = "/!-.*'() &$@=;:+,?";

/// Refuses a name that Supabase Storage refuses, and one with `.` or `..` as a folder.
pub fn check_name(name: &str) -> Result<(), StorageError> {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || character == '_' || ALLOWED.contains(character)
    };
    let climbs = name.split('/').any(|part| part == "." || part == "..");
    if name.is_empty() || climbs || !name.chars().all(plain) {
        return Err(StorageError::InvalidKey(name.to_owned()));
    }
    Ok(())
}

/// Refuses a bucket name that Supabase Storage refuses.
pub fn check_bucket_name(name: &str) -> Result<(), StorageError> {
    if name.len() > 100 || name.contains('/') || check_name(name).is_err() {
        return Err(StorageError::InvalidBucketName);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_bucket() {
        assert!(check_name("RA1/2026/11/23/call-1=2F.mp3").is_ok());
        for name in ["", "..", "a/../b", "./a", "a\0b", "a\\b", "a%2fb", "ä"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_bucket_name("recordings").is_ok());
        assert!(check_bucket_name("a/b").is_err());
    }
}
