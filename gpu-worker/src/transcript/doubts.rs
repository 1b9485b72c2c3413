//! What should be read with care, and why.

use std::ops::Range;

use supabase_client::transcript::{Doubt, Segment};

use super::words::HeardWord;

/// whisper.cpp's own limit, above which it takes a window for silence.
const NO_SPEECH_LIMIT: f32 = 0.6;

/// Below this mean probability of its words a segment is more guessed than heard.
const LOW_PROBABILITY: f32 = 0.5;

/// The same sentence this many times in a row, or the same words this many times in a sentence, is
/// how an engine that has lost its way sounds.
const LOOP_TURNS: usize = 3;

/// Doubts about one segment by itself. `nobody`: nobody can
/// be speaking in its place.
pub fn of_segment(words: &[HeardWord], no_speech: f32, nobody: bool) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if mean_probability(words) < LOW_PROBABILITY {
        doubts.push(Doubt::LowProbability);
    }
    if nobody || no_speech > NO_SPEECH_LIMIT {
        doubts.push(Doubt::NoSpeech);
    }
    if repeats_itself(words) {
        doubts.push(Doubt::Repetition);
    }
    doubts
}

/// Marks sentences that come again and again. `segments` are those of one channel, in order.
pub fn mark_loops(segments: &mut [Segment]) {
    let texts: Vec<String> = segments.iter().map(Segment::text).collect();
    for segment in same_in_a_row(&texts).into_iter().flatten() {
        let doubts = &mut segments[segment].doubts;
        if !doubts.contains(&Doubt::Repetition) {
            doubts.push(Doubt::Repetition);
        }
    }
}

/// Which runs of segments are loops: the same sentence again and again, or one that repeats itself.
pub fn loops(segments: &[Vec<HeardWord>]) -> Vec<Range<usize>> {
    let text =
        |words: &Vec<HeardWord>| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let texts: Vec<String> = segments.iter().map(text).collect();
    let mut loops = same_in_a_row(&texts);
    for (index, words) in segments.iter().enumerate() {
        if repeats_itself(words) && !loops.iter().any(|run| run.contains(&index)) {
            loops.push(index..index + 1);
        }
    }
    loops.sort_by_key(|run| run.start);
    loops
}

/// Runs of the same text that are too long to be speech. Silence is no text.
fn same_in_a_row(texts: &[String]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in texts.chunk_by(|one, next| one == next) {
        if run.len() >= LOOP_TURNS && !run[0].is_empty() {
            runs.push(start..start + run.len());
        }
        start += run.len();
    }
    runs
}

fn mean_probability(words: &[HeardWord]) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a segment has few words")]
    let count = words.len().max(1) as f32;
    words.iter().map(|word| word.probability).sum::<f32>() / count
}

/// Whether some run of one to four words is said [`LOOP_TURNS`] times without a pause. People do
/// say one word three times ("no, no, no"), so a single word needs two turns more.
fn repeats_itself(words: &[HeardWord]) -> bool {
    (1..=4_usize).any(|length| {
        let turns = if length == 1 { LOOP_TURNS + 2 } else { LOOP_TURNS };
        words.windows(length * turns).any(|window| {
            let (first, rest) = window.split_at(length);
            rest.chunks(length)
                .all(|turn| turn.iter().zip(first).all(|(word, first)| word.text == first.text))
        })
    })
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::{Speaker, Word};

    use super::*;

    fn heard(text: &str, probability: f32) -> Vec<HeardWord> {
        text.split(' ').map(|word| HeardWord { text: word.to_owned(), probability }).collect()
    }

    fn segment(text: &str) -> Segment {
        let word = |text: &str| Word { text: text.to_owned(), start_ms: 0, end_ms: 1, probability: 1.0 };
        Segment {
            channel: 0,
            speaker: Speaker::Agent,
            start_ms: 0,
            end_ms: 1,
            words: text.split(' ').map(word).collect(),
            doubts: Vec::new(),
        }
    }

    #[test]
    fn a_clear_sentence_raises_no_doubt() {
        assert_eq!(of_segment(&heard("No, no, no, thank you", 0.9), 0.1, false), []);
    }

    #[test]
    fn each_doubt_has_its_reason() {
        assert_eq!(of_segment(&heard("maybe", 0.3), 0.1, false), [Doubt::LowProbability]);
        assert_eq!(of_segment(&heard("thank you", 0.9), 0.7, false), [Doubt::NoSpeech]);
        assert_eq!(of_segment(&heard("thank you", 0.9), 0.1, true), [Doubt::NoSpeech]);
        assert_eq!(of_segment(&heard("I am I am I am", 0.9), 0.1, false), [Doubt::Repetition]);
        assert_eq!(of_segment(&heard("you you you you you", 0.9), 0.1, false), [Doubt::Repetition]);
    }

    #[test]
    fn a_sentence_that_comes_three_times_in_a_row_is_marked_each_time() {
        let mut segments: Vec<Segment> =
            ["Yes.", "Yes.", "Good.", "Thank you.", "Thank you.", "Thank you.", "Bye."]
                .into_iter()
                .map(segment)
                .collect();
        mark_loops(&mut segments);
        let marked: Vec<bool> =
            segments.iter().map(|segment| segment.doubts.contains(&Doubt::Repetition)).collect();
        assert_eq!(marked, [false, false, false, true, true, true, false]);
    }
}
