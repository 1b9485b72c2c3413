//! Whether enough of a call was heard to say that something was not said.

use supabase_client::transcript::{Segment, Speaker, Transcript};

use super::flags::can_be;

/// A shorter piece hides no sentence.
const SHORTEST_SENTENCE_MS: u32 = 1_000;

/// The first piece before `until_ms` in which `wanted` may have said something that nobody can read: a
/// voice that gave no words, a hole in the recording, or words that the recogniser doubts.
pub fn first_gap(
    transcript: &Transcript,
    wanted: Option<Speaker>,
    until_ms: u32,
) -> Option<std::ops::Range<u32>> {
    let speaker_of = |channel: u8| {
        let of_channel = |segment: &&Segment| segment.channel == channel;
        transcript.segments.iter().find(of_channel).map_or(Speaker::Unknown, |segment| segment.speaker)
    };
    let unheard = transcript
        .unheard
        .iter()
        .map(|unheard| (speaker_of(unheard.channel), unheard.start_ms, unheard.end_ms));
    let doubted = transcript
        .segments
        .iter()
        .filter(|segment| !segment.doubts.is_empty())
        .map(|segment| (segment.speaker, segment.start_ms, segment.end_ms));
    unheard
        .chain(doubted)
        .filter(|(speaker, ..)| wanted.is_none_or(|wanted| can_be(*speaker, wanted)))
        .map(|(_, start_ms, end_ms)| start_ms..end_ms.min(until_ms))
        .filter(|gap| gap.end.saturating_sub(gap.start) >= SHORTEST_SENTENCE_MS)
        .min_by_key(|gap| gap.start)
}

/// Why a rule about something that must happen stays undecided.
pub fn sentence(gap: &std::ops::Range<u32>) -> String {
    let clock = |ms: u32| format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60);
    format!(
        "From {} to {} the recording could not be understood, so it may have been said.",
        clock(gap.start),
        clock(gap.end)
    )
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::{Doubt, Unheard};

    use super::*;

    const AGENT: Speaker = Speaker::Agent;

    fn segment(channel: u8, start_ms: u32, end_ms: u32, doubts: &[Doubt]) -> Segment {
        let speaker = if channel == 0 { AGENT } else { Speaker::Caller };
        Segment { channel, speaker, start_ms, end_ms, words: Vec::new(), doubts: doubts.to_vec() }
    }

    fn transcript(segments: Vec<Segment>, unheard: &[(u8, u32, u32)]) -> Transcript {
        let unheard =
            unheard.iter().map(|&(channel, start_ms, end_ms)| Unheard { channel, start_ms, end_ms });
        Transcript {
            model: "test".to_owned(),
            language: "en".to_owned(),
            duration_ms: 90_000,
            segments,
            peaks: Vec::new(),
            unheard: unheard.collect(),
        }
    }

    #[test]
    fn what_was_understood_has_no_gap() {
        let heard = vec![segment(0, 0, 30_000, &[]), segment(1, 30_000, 60_000, &[Doubt::LowProbability])];
        assert_eq!(first_gap(&transcript(heard.clone(), &[]), Some(AGENT), 60_000), None);
        assert_eq!(first_gap(&transcript(heard, &[]), None, 60_000), Some(30_000..60_000));
    }

    #[test]
    fn gaps_count_up_to_where_the_rule_looks() {
        let heard = transcript(vec![segment(0, 0, 9_000, &[])], &[(0, 59_500, 70_000)]);
        assert_eq!(first_gap(&heard, Some(AGENT), 60_000), None, "half a second is too short to matter");
        assert_eq!(first_gap(&heard, Some(AGENT), 61_000), Some(59_500..61_000));
    }

    #[test]
    fn a_channel_without_words_can_be_anybodys() {
        let heard = transcript(vec![segment(1, 0, 9_000, &[])], &[(0, 10_000, 15_000), (1, 2_000, 5_000)]);
        assert_eq!(first_gap(&heard, Some(AGENT), u32::MAX), Some(10_000..15_000));
    }

    #[test]
    fn a_gap_is_told_by_the_clock() {
        assert_eq!(
            sentence(&(8_000..64_500)),
            "From 0:08 to 1:04 the recording could not be understood, so it may have been said."
        );
    }
}
