//! Calls that are made afresh from the model's grammar, other ones in every run.

use figures::Figure;
use rand::Rng;

use crate::program::transcribe;
use crate::tally::Tally;
use crate::{form, times};

const WER_GOAL: f64 = 0.05;

/// How many calls are made: one of every kind that the generator knows at each of its two sample rates.
const CALLS: usize = 8;

/// No draw is so unlucky that a call is heard worse than this by an engine that works.
const NOT_UNDERSTOOD_WER: f64 = 0.25;

#[test]
fn fresh_calls_are_heard_as_they_were_spoken() {
    let seed = match std::env::var("FRESH_CALLS_SEED") {
        Ok(seed) => seed.parse().expect("FRESH_CALLS_SEED is a whole number"),
        Err(_) => rand::rng().random_range(0..1_000_000_u64),
    };
    println!("seed of the fresh calls: {seed} (FRESH_CALLS_SEED={seed} makes them again)");
    let folder = tempfile::tempdir().expect("a folder");
    let mut tally = Tally::default();
    let mut outside = Vec::new();
    for call in call_truth::fresh::generate(seed, CALLS, folder.path()).expect("fresh calls") {
        let transcript = transcribe(&call.recording);
        let rate = tally.add(&call, &transcript).whole().rate();
        assert!(rate < NOT_UNDERSTOOD_WER, "{}: word error rate {rate}", call.truth.file);
        form::check(&call, &transcript);
        outside.extend(times::words_outside_speech(&call.truth, &transcript));
    }
    Figure::at_most("fresh_calls_wer", tally.words.rate(), WER_GOAL).print();
    tally.print_times("fresh_");
    assert!(outside.is_empty(), "words outside speech: {outside:#?}");
}
