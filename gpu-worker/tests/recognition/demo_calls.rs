//! The calls of `end2end/calls`.

use call_truth::load_folder;
use figures::Figure;

use crate::program::{repository, transcribe};
use crate::tally::Tally;
use crate::{form, times};

/// The demo calls hold no word that the model does not know; more errors than this on one call mean
/// that something in front of the model is broken. The best models of this size make 0 to 5 %.
const WORST_CALL_WER: f64 = 0.08;

/// The recording of one channel's sentence is cut at 10 ms by the model; codec and resampling must
/// not add more than the same again.
const WORST_SEGMENT_START_P95_MS: u32 = 50;

#[test]
fn the_demo_calls_are_heard_as_they_were_spoken() {
    let mut tally = Tally::default();
    let mut outside = Vec::new();
    for call in load_folder(&repository("end2end/calls")).expect("the demo calls") {
        let transcript = transcribe(&call.recording);
        let rate = tally.add(&call, &transcript).whole().rate();
        assert!(rate <= WORST_CALL_WER, "{}: word error rate {rate}", call.truth.file);
        form::check(&call, &transcript);
        assert_eq!(transcript.unheard, [], "{}", call.truth.file);
        outside.extend(times::words_outside_speech(&call.truth, &transcript));
    }
    Figure::at_most("engine_demo_wer", tally.words.rate(), 0.03).print();
    tally.print_times("");
    let p95 = tally.segment_start_p95_ms();
    assert!(p95 <= WORST_SEGMENT_START_P95_MS, "segments start {p95} ms off");
    assert!(tally.word_starts_ms.len() * 10 >= tally.words.words * 9, "most words can be compared");
    assert!(outside.is_empty(), "words outside speech: {outside:#?}");
}
