//! What the tests of the lanes share.

use std::path::PathBuf;

/// The labelled demo recordings.
pub fn demo_calls() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/calls"))
}
