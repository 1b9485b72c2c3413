//! When words were heard, and when they were said.

use std::ops::RangeInclusive;

use call_truth::CallTruth;
use supabase_client::transcript::Transcript;

/// How far a word may reach out of the speech of its channel.
const OUTSIDE_MS: u32 = 300;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times in a recording are small and positive"
)]
fn milliseconds(seconds: f64) -> u32 {
    (seconds * 1000.0).round() as u32
}

/// One sentence for each word that begins or ends more than [`OUTSIDE_MS`] away from all speech of its
/// channel, or reaches across a pause that is longer than that on both sides.
pub fn words_outside_speech(truth: &CallTruth, transcript: &Transcript) -> Vec<String> {
    let mut outside = Vec::new();
    for segment in &transcript.segments {
        let speech = speech_with_surroundings(truth, segment.channel);
        for word in &segment.words {
            if !speech.iter().any(|part| part.contains(&word.start_ms) && part.contains(&word.end_ms)) {
                outside.push(format!(
                    "{}, channel {}: {:?} from {} to {} ms",
                    truth.file, segment.channel, word.text, word.start_ms, word.end_ms
                ));
            }
        }
    }
    outside
}

/// Where a channel's words may be, in order and without overlap.
fn speech_with_surroundings(truth: &CallTruth, channel: u8) -> Vec<RangeInclusive<u32>> {
    let mut speech: Vec<RangeInclusive<u32>> = Vec::new();
    for said in truth.segments.iter().filter(|said| said.channel == channel) {
        for word in &said.words {
            let from = milliseconds(word.start_s).saturating_sub(OUTSIDE_MS);
            let to = milliseconds(word.end_s) + OUTSIDE_MS;
            match speech.last_mut() {
                Some(part) if from <= *part.end() => *part = *part.start()..=to.max(*part.end()),
                _ => speech.push(from..=to),
            }
        }
    }
    speech
}

#[test]
fn a_word_in_a_pause_is_outside_speech() {
    let folder = crate::program::repository("end2end/calls");
    let truth = call_truth::load_folder(&folder).expect("the demo calls").remove(0).truth;
    let mut transcript = truth.transcript();
    assert_eq!(words_outside_speech(&truth, &transcript), Vec::<String>::new());
    let last = transcript.segments.last_mut().expect("segments").words.last_mut().expect("words");
    last.end_ms += OUTSIDE_MS;
    assert_eq!(words_outside_speech(&truth, &transcript).len(), 0);
    let first = &mut transcript.segments[0].words[0];
    first.start_ms -= OUTSIDE_MS + 1;
    assert_eq!(words_outside_speech(&truth, &transcript).len(), 1);
    for segment in &mut transcript.segments {
        segment.channel = 1 - segment.channel;
    }
    assert!(words_outside_speech(&truth, &transcript).len() > 100, "the other one is silent meanwhile");
}
