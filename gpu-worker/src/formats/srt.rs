//! `SubRip`: numbered cues. It knows no speakers and no escapes.

use supabase_client::transcript::{Segment, Transcript};

use super::{cue_times, on_one_line, speaker_name};

pub fn srt(transcript: &Transcript) -> String {
    transcript.segments.iter().zip(1..).map(|(segment, number)| cue(segment, number)).collect()
}

fn cue(segment: &Segment, number: u32) -> String {
    let speaker = speaker_name(segment).map(|name| format!("{name}: ")).unwrap_or_default();
    // Readers look for the arrow to find where a cue begins.
    let text = on_one_line(&segment.text()).replace("-->", "→");
    format!("{number}\n{}\n{speaker}{text}\n\n", cue_times(segment, ','))
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Speaker;

    use super::super::examples::{call, segment, transcript};
    use super::*;

    #[test]
    fn cues_are_numbered_and_may_overlap() {
        let expected = "1\n00:00:01,234 --> 00:00:03,500\nAgent: Good morning.\n\n\
                        2\n00:00:03,000 --> 00:00:04,005\nCaller: Who is this?\n\n\
                        3\n01:02:03,045 --> 01:02:04,000\nGoodbye.\n\n";
        assert_eq!(srt(&call()), expected);
        assert_eq!(srt(&transcript(Vec::new())), "");
    }

    #[test]
    fn no_words_can_begin_a_cue() {
        let words = "so\n\n2\n00:00:09,000 --> 00:00:10,000\nnever said";
        let written = srt(&transcript(vec![segment(Speaker::Agent, 0, 0, words)]));
        let expected = "1\n00:00:00,000 --> 00:00:00,001\n\
                        Agent: so  2 00:00:09,000 → 00:00:10,000 never said\n\n";
        assert_eq!(written, expected);
    }
}
