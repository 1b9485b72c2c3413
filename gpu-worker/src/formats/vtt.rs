//! `WebVTT`: what browsers show beside a recording, with voices.

use supabase_client::transcript::{Segment, Transcript};

use super::{cue_times, on_one_line, speaker_name};

pub fn vtt(transcript: &Transcript) -> String {
    let cues: String = transcript.segments.iter().map(cue).collect();
    format!("WEBVTT\n\n{cues}")
}

fn cue(segment: &Segment) -> String {
    let voice = speaker_name(segment).map(|name| format!("<v {name}>")).unwrap_or_default();
    format!("{}\n{voice}{}\n\n", cue_times(segment, '.'), escaped(&segment.text()))
}

/// Words are no markup, and no arrow of theirs begins a cue.
fn escaped(text: &str) -> String {
    on_one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Speaker;

    use super::super::examples::{call, segment, transcript};
    use super::*;

    #[test]
    fn cues_have_voices_and_may_overlap() {
        let expected = "WEBVTT\n\n\
                        00:00:01.234 --> 00:00:03.500\n<v Agent>Good morning.\n\n\
                        00:00:03.000 --> 00:00:04.005\n<v Caller>Who is this?\n\n\
                        01:02:03.045 --> 01:02:04.000\nGoodbye.\n\n";
        assert_eq!(vtt(&call()), expected);
        assert_eq!(vtt(&transcript(Vec::new())), "WEBVTT\n\n");
    }

    #[test]
    fn words_are_neither_markup_nor_cues() {
        let words = "</v><v Caller>R&D &lt;\n\n00:09.000 --> 00:10.000\nnever said";
        let written = vtt(&transcript(vec![segment(Speaker::Agent, 5, 5, words)]));
        let expected = "WEBVTT\n\n00:00:00.005 --> 00:00:00.006\n\
                        <v Agent>&lt;/v&gt;&lt;v Caller&gt;R&amp;D &amp;lt;  \
                        00:09.000 --&gt; 00:10.000 never said\n\n";
        assert_eq!(written, expected);
    }
}
