//! Calls whose violations are known, and how far endings of rules are from them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use supabase_client::flag::Flag;
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};

use crate::lanes::judge::ending::Outcome;
use crate::lanes::judge::verdict::Endings;

/// What was really said in a call, and what of it breaks a rule. Times are seconds.
#[derive(Debug, Deserialize)]
pub struct LabelledCall {
    file: String,
    duration_s: f64,
    violations: Vec<Violation>,
    segments: Vec<Said>,
}

/// One breach; without a text, something that had to be said is missing from the call.
#[derive(Debug, Deserialize)]
struct Violation {
    /// Key of the rule.
    kind: String,
    start_s: f64,
    end_s: f64,
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Said {
    channel: u8,
    speaker: Speaker,
    start_s: f64,
    end_s: f64,
    words: Vec<(String, f64, f64)>,
}

/// How a rule did over all calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Violations that were found.
    pub found: usize,
    /// Flags where there is no violation.
    pub wrong: usize,
    /// Violations without a flag.
    pub missed: usize,
    /// Calls in which the rule could not be decided.
    pub undecided: usize,
}

impl Tally {
    /// The share of flags that are right; absent where there are none.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.wrong)
    }

    /// The share of violations that were found; absent where there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.missed)
    }
}

fn share(right: usize, other: usize) -> Option<f64> {
    (right + other > 0).then(|| right as f64 / (right + other) as f64)
}

/// Every labelled call of a folder, by file name.
pub fn load(folder: &Path) -> anyhow::Result<Vec<LabelledCall>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    let mut files: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    ensure!(!files.is_empty(), "{} has no labelled calls (*.json)", folder.display());
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no labelled call", file.display()))
    };
    files.iter().map(read).collect()
}

impl LabelledCall {
    pub fn file(&self) -> &str {
        &self.file
    }

    /// As a recogniser without faults would hear it.
    pub fn transcript(&self) -> Transcript {
        let segment = |said: &Said| Segment {
            channel: said.channel,
            speaker: said.speaker,
            start_ms: milliseconds(said.start_s),
            end_ms: milliseconds(said.end_s),
            words: said
                .words
                .iter()
                .map(|(text, start_s, end_s)| Word {
                    text: text.clone(),
                    start_ms: milliseconds(*start_s),
                    end_ms: milliseconds(*end_s),
                    probability: 1.0,
                })
                .collect(),
            doubts: Vec::new(),
        };
        Transcript {
            model: "labels".to_owned(),
            language: "en".to_owned(),
            duration_ms: milliseconds(self.duration_s),
            segments: self.segments.iter().map(segment).collect(),
            peaks: Vec::new(),
            unheard: Vec::new(),
        }
    }

    /// Adds this call's endings to the tally of each rule. A flag is right where its time overlaps a
    /// violation of its rule; several on one violation count once.
    pub fn tally(&self, endings: &Endings, tallies: &mut BTreeMap<String, Tally>) {
        for (key, ending) in endings {
            let tally = tallies.entry(key.clone()).or_default();
            let flags: &[Flag] = match &ending.outcome {
                Outcome::Violated(flags) => flags,
                Outcome::Undecided(_) => {
                    tally.undecided += 1;
                    &[]
                }
                Outcome::Passed | Outcome::NotApplicable => &[],
            };
            let violations: Vec<&Violation> =
                self.violations.iter().filter(|violation| violation.kind == *key).collect();
            let found =
                violations.iter().filter(|violation| flags.iter().any(|flag| violation.is_proven_by(flag)));
            let found = found.count();
            tally.found += found;
            tally.missed += violations.len() - found;
            let is_right = |flag: &&Flag| violations.iter().any(|violation| violation.is_proven_by(flag));
            tally.wrong += flags.iter().filter(|flag| !is_right(flag)).count();
        }
    }
}

impl Violation {
    fn is_proven_by(&self, flag: &Flag) -> bool {
        match self.text {
            None => true,
            Some(_) => {
                flag.words.is_some()
                    && flag.start_ms < milliseconds(self.end_s)
                    && flag.end_ms > milliseconds(self.start_s)
            }
        }
    }
}

fn milliseconds(seconds: f64) -> u32 {
    (seconds * 1_000.0).round() as u32
}
