//! What holds for every transcript of a call.

use call_truth::LabelledCall;
use supabase_client::transcript::{Segment, Speaker, Transcript};

pub fn check(call: &LabelledCall, transcript: &Transcript) {
    let name = &call.truth.file;
    assert!(
        (f64::from(transcript.duration_ms) / 1000.0 - call.truth.duration_s).abs() < 0.1,
        "{name}: length"
    );
    assert_eq!(transcript.model, "ggml-micro-call-en.bin");
    assert_eq!(transcript.peaks.iter().map(Vec::len).collect::<Vec<_>>(), [800, 800], "{name}");
    assert!(transcript.segments.is_sorted_by_key(|segment| segment.start_ms), "{name}: order");
    for segment in &transcript.segments {
        assert!(segment.end_ms <= transcript.duration_ms, "{name}: {segment:?}");
        check_segment(name, segment);
    }
}

fn check_segment(name: &str, segment: &Segment) {
    let speaker = if segment.channel == 0 { Speaker::Agent } else { Speaker::Caller };
    assert_eq!(segment.speaker, speaker, "{name}");
    assert!(!segment.words.is_empty(), "{name}: {segment:?}");
    assert_eq!(segment.words[0].start_ms, segment.start_ms, "{name}: {segment:?}");
    assert!(segment.words.iter().all(|word| word.start_ms <= word.end_ms), "{name}: {segment:?}");
    assert!(segment.words.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms), "{name}: {segment:?}");
    assert!(segment.words.iter().all(|word| word.end_ms <= segment.end_ms), "{name}: {segment:?}");
    for word in &segment.words {
        assert!((0.0..=1.0).contains(&word.probability), "{name}: {word:?}");
        assert!(
            !word.text.contains(|letter: char| letter.is_whitespace() || letter.is_control()),
            "{word:?}"
        );
        assert!(!word.text.contains(['[', ']', '<', '>', '|']), "{name}: special token in {word:?}");
    }
}
