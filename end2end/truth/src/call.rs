//! The JSON form of the ground truth, and its loader.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};

/// What was really said in one call. Times are seconds from the start of the recording.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallTruth {
    /// Name of the recording, in the folder of the JSON file.
    pub file: String,
    pub title: String,
    pub duration_s: f64,
    pub violations: Vec<Violation>,
    /// One per sentence, in the order of speaking.
    pub segments: Vec<TruthSegment>,
}

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Violation {
    /// The key of the rule that a judge has to name.
    pub kind: String,
    /// Absent, like `text`, when something that had to be said is missing from the whole call.
    pub channel: Option<u8>,
    pub start_s: f64,
    pub end_s: f64,
    pub text: Option<String>,
}

impl Violation {
    /// Whether the violation is the absence of something, so that it has no place in the call.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        self.text.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TruthSegment {
    pub channel: u8,
    pub speaker: Speaker,
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
    pub words: Vec<TruthWord>,
}

/// Stored as `[text, start_s, end_s]`; the text carries its punctuation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "(String, f64, f64)")]
pub struct TruthWord {
    pub text: String,
    pub start_s: f64,
    pub end_s: f64,
}

impl From<(String, f64, f64)> for TruthWord {
    fn from((text, start_s, end_s): (String, f64, f64)) -> Self {
        Self { text, start_s, end_s }
    }
}

/// A recording and its truth.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledCall {
    pub recording: PathBuf,
    pub truth: CallTruth,
}

impl CallTruth {
    pub fn load(json_file: &Path) -> anyhow::Result<Self> {
        let json =
            std::fs::read(json_file).with_context(|| format!("cannot read {}", json_file.display()))?;
        serde_json::from_slice(&json).with_context(|| format!("{} is no call truth", json_file.display()))
    }

    /// The call as a recogniser without faults would hear it: for holding a judge alone against
    /// the truth.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        let segments = self.segments.iter().map(TruthSegment::as_heard).collect();
        Transcript {
            model: "truth".to_owned(),
            language: "en".to_owned(),
            duration_ms: milliseconds(self.duration_s),
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        }
    }
}

impl TruthSegment {
    fn as_heard(&self) -> Segment {
        let words = self.words.iter().map(|word| Word {
            text: word.text.clone(),
            start_ms: milliseconds(word.start_s),
            end_ms: milliseconds(word.end_s),
            probability: 1.0,
        });
        Segment {
            channel: self.channel,
            speaker: self.speaker,
            start_ms: milliseconds(self.start_s),
            end_ms: milliseconds(self.end_s),
            words: words.collect(),
            doubts: Vec::new(),
        }
    }
}

/// Every labelled call of a folder, by file name.
pub fn load_folder(folder: &Path) -> anyhow::Result<Vec<LabelledCall>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut json_files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            json_files.push(path);
        }
    }
    json_files.sort();
    json_files
        .iter()
        .map(|json_file| {
            let truth = CallTruth::load(json_file)?;
            let recording = folder.join(&truth.file);
            anyhow::ensure!(recording.is_file(), "{} has no recording {}", json_file.display(), truth.file);
            Ok(LabelledCall { recording, truth })
        })
        .collect()
}

/// Seconds of the truth in the unit of transcripts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times in a recording are positive and far below 49 days"
)]
pub(crate) fn milliseconds(seconds: f64) -> u32 {
    (seconds * 1000.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo_calls() -> Vec<LabelledCall> {
        load_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls")).unwrap()
    }

    #[test]
    fn the_demo_calls_load_with_their_labels() {
        let calls = demo_calls();
        let violations: Vec<usize> = calls.iter().map(|call| call.truth.violations.len()).collect();
        assert_eq!(violations, [0, 4, 12, 2, 0, 8]);
        for LabelledCall { truth, .. } in &calls {
            for violation in truth.violations.iter().filter(|violation| !violation.is_absence()) {
                assert!(
                    truth.segments.iter().any(|segment| Some(&segment.text) == violation.text.as_ref()
                        && (segment.start_s, segment.end_s) == (violation.start_s, violation.end_s)),
                    "{}: {violation:?} is no sentence of the call",
                    truth.file
                );
            }
        }
    }

    #[test]
    fn a_true_transcript_has_every_word_in_its_segment() {
        for LabelledCall { truth, .. } in demo_calls() {
            let transcript = truth.transcript();
            for (segment, said) in transcript.segments.iter().zip(&truth.segments) {
                assert_eq!(segment.text(), said.text);
                assert!(segment.words.iter().all(|word| word.start_ms >= segment.start_ms));
                assert!(segment.end_ms <= transcript.duration_ms);
            }
        }
    }

    #[test]
    fn a_truth_without_recording_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let json = r#"{"file": "gone.mp3", "title": "", "duration_s": 1, "violations": [], "segments": []}"#;
        std::fs::write(folder.path().join("gone.json"), json).unwrap();
        assert!(load_folder(folder.path()).unwrap_err().to_string().contains("no recording gone.mp3"));
    }
}
