//! Calls made afresh from a seed, which the speech model has not been trained on.
//!
//! The work is done by `gpu-worker/model/fresh_calls.py`; it needs Debian's `python3-numpy`,
//! `python3-scipy` and `libespeak-ng1`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::call::{LabelledCall, load_folder};

/// What runs the generator.
#[derive(Debug, Clone)]
pub struct Generator {
    /// A Python 3 that can import numpy and scipy.
    pub python: PathBuf,
    /// The folder of the speech model's scripts.
    pub scripts: PathBuf,
}

impl Default for Generator {
    /// Debian's own Python, which finds Debian's numpy and scipy, and the scripts of this repository.
    fn default() -> Self {
        Self {
            python: PathBuf::from("/usr/bin/python3"),
            scripts: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gpu-worker/model"),
        }
    }
}

impl Generator {
    /// Writes `calls` recordings with their truth into `folder` and loads them. Takes about half a
    /// second a call; the same seed gives the same calls.
    pub fn generate(&self, seed: u64, calls: usize, folder: &Path) -> anyhow::Result<Vec<LabelledCall>> {
        let output = Command::new(&self.python)
            .arg("-B") // leaves no compiled files beside the scripts
            .arg(self.scripts.join("fresh_calls.py"))
            .args(["--seed", &seed.to_string(), "--n", &calls.to_string(), "--out"])
            .arg(folder)
            .output()
            .with_context(|| format!("cannot run {}", self.python.display()))?;
        anyhow::ensure!(
            output.status.success(),
            "fresh_calls.py ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        let made = load_folder(folder)?;
        anyhow::ensure!(made.len() == calls, "{} calls were asked for, {} are there", calls, made.len());
        Ok(made)
    }
}

/// [`Generator::generate`] with the defaults. `folder` must be empty.
pub fn generate(seed: u64, calls: usize, folder: &Path) -> anyhow::Result<Vec<LabelledCall>> {
    Generator::default().generate(seed, calls, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of call once: fair, pushy, request honored, request ignored.
    fn four_calls(seed: u64) -> (tempfile::TempDir, Vec<LabelledCall>) {
        let folder = tempfile::tempdir().unwrap();
        let calls = generate(seed, 4, folder.path()).unwrap();
        (folder, calls)
    }

    fn kinds(call: &LabelledCall) -> Vec<&str> {
        call.truth.violations.iter().map(|violation| violation.kind.as_str()).collect()
    }

    #[test]
    fn the_labels_say_what_the_conversation_is() {
        let (_folder, calls) = four_calls(11);
        assert_eq!(kinds(&calls[0]), [""; 0]);
        assert!(kinds(&calls[1]).len() >= 6);
        assert!(!kinds(&calls[2]).contains(&"ignored_do_not_call"));
        assert_eq!(kinds(&calls[3]).iter().filter(|kind| **kind == "ignored_do_not_call").count(), 2);
        for call in &calls {
            let disclosed = call.truth.segments.iter().any(|segment| segment.text.contains("record"));
            assert_eq!(!disclosed, kinds(call).contains(&"missing_recorded_line_disclosure"));
            assert!(std::fs::metadata(&call.recording).unwrap().len() > 100_000);
        }
    }

    #[test]
    fn a_seed_decides_the_calls() {
        let (_one, first) = four_calls(12);
        let (_two, again) = four_calls(12);
        let (_three, other) = four_calls(13);
        for at in 0..4 {
            assert_eq!(first[at].truth, again[at].truth);
            assert_eq!(
                std::fs::read(&first[at].recording).unwrap(),
                std::fs::read(&again[at].recording).unwrap()
            );
            assert_ne!(first[at].truth.segments, other[at].truth.segments);
        }
    }

    #[test]
    fn a_missing_python_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let generator = Generator { python: PathBuf::from("/nonexistent/python3"), ..Generator::default() };
        let error = generator.generate(1, 1, folder.path()).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/python3"));
    }
}
