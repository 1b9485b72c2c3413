//! How far what was heard is from what was said: by call and channel as lines, over all as figures.

use call_truth::{
    CallErrors, LabelledCall, WordErrors, percentile, segment_start_errors_ms, word_errors, word_time_errors,
};
use figures::Figure;
use supabase_client::transcript::Transcript;

const SEGMENT_START_GOAL_MS: f64 = 50.0;
const WORD_START_GOAL_MS: f64 = 150.0;

/// Errors that are added up over calls.
#[derive(Debug, Default)]
pub struct Tally {
    pub words: WordErrors,
    pub segment_starts_ms: Vec<u32>,
    pub word_starts_ms: Vec<u32>,
}

impl Tally {
    /// Counts a call, prints how well it was heard, and gives its word errors.
    pub fn add(&mut self, call: &LabelledCall, transcript: &Transcript) -> CallErrors {
        let errors = word_errors(&call.truth, transcript);
        let segment_starts_ms = segment_start_errors_ms(&call.truth, transcript);
        let word_starts_ms: Vec<u32> =
            word_time_errors(&call.truth, transcript).iter().map(|error| error.start_ms).collect();
        for (channel, WordErrors { errors, words }) in [("agent", errors.agent), ("caller", errors.caller)] {
            let rate = WordErrors { errors, words }.rate();
            println!("{}, {channel}: WER {rate:.4} ({errors} of {words} words)", call.truth.file);
        }
        println!(
            "{}: segments start {} ms off at p95; words {} ms at p50, {} ms at p95",
            call.truth.file,
            at(&segment_starts_ms, 95),
            at(&word_starts_ms, 50),
            at(&word_starts_ms, 95),
        );
        self.words = self.words + errors.whole();
        self.segment_starts_ms.extend(segment_starts_ms);
        self.word_starts_ms.extend(word_starts_ms);
        errors
    }

    pub fn segment_start_p95_ms(&self) -> u32 {
        at(&self.segment_starts_ms, 95)
    }

    /// Figures of the times; `of` goes in front of their names.
    pub fn print_times(&self, of: &str) {
        let p95 = f64::from(self.segment_start_p95_ms());
        Figure::at_most(format!("{of}segment_start_p95_ms"), p95, SEGMENT_START_GOAL_MS).print();
        let p50 = f64::from(at(&self.word_starts_ms, 50));
        Figure::report(format!("{of}word_start_p50_ms"), p50).print();
        let p95 = f64::from(at(&self.word_starts_ms, 95));
        Figure::at_most(format!("{of}word_start_p95_ms"), p95, WORD_START_GOAL_MS).print();
    }
}

fn at(errors_ms: &[u32], percent: usize) -> u32 {
    percentile(errors_ms, percent).expect("something was heard")
}
