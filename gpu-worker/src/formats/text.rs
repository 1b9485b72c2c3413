//! For people: one line a segment with time, speaker, words.

use supabase_client::transcript::{Segment, Transcript};

use super::{clock, speaker_name};

pub fn text(transcript: &Transcript) -> String {
    transcript.segments.iter().map(line).collect()
}

fn line(segment: &Segment) -> String {
    let speaker = speaker_name(segment).map(|name| format!("{name}: ")).unwrap_or_default();
    format!("[{}] {speaker}{}\n", clock(segment.start_ms, '.'), segment.text())
}

#[cfg(test)]
mod tests {
    use super::super::examples::call;
    use super::*;

    #[test]
    fn a_line_says_when_who_and_what() {
        let expected = "[00:00:01.234] Agent: Good morning.\n\
                        [00:00:03.000] Caller: Who is this?\n\
                        [01:02:03.045] Goodbye.\n";
        assert_eq!(text(&call()), expected);
    }
}
