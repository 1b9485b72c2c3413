//! What a transcript looks like outside of the database: one file a format, one function each.

pub mod srt;
pub mod text;
pub mod vtt;

use supabase_client::transcript::{Segment, Speaker};

/// `01:02:03.045`, with whatever stands between seconds and milliseconds.
fn clock(ms: u32, separator: char) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{:03}", ms % 1000)
}

/// When a cue begins and ends. Players drop one that lasts no time at all.
fn cue_times(segment: &Segment, separator: char) -> String {
    let end = segment.end_ms.max(segment.start_ms.saturating_add(1));
    format!("{} --> {}", clock(segment.start_ms, separator), clock(end, separator))
}

/// Nothing where nobody knows who speaks.
const fn speaker_name(segment: &Segment) -> Option<&'static str> {
    match segment.speaker {
        Speaker::Agent => Some("Agent"),
        Speaker::Caller => Some("Caller"),
        Speaker::Unknown => None,
    }
}

/// A blank line would end a cue in the middle.
fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod examples {
    use supabase_client::transcript::{Segment, Speaker, Transcript, Word};

    pub fn segment(speaker: Speaker, start_ms: u32, end_ms: u32, text: &str) -> Segment {
        let word = |text: &str| Word { text: text.to_owned(), start_ms, end_ms, probability: 1.0 };
        let words = text.split(' ').map(word).collect();
        Segment { channel: 0, speaker, start_ms, end_ms, words, doubts: Vec::new() }
    }

    pub fn transcript(segments: Vec<Segment>) -> Transcript {
        Transcript {
            model: "ggml-base.en.bin".to_owned(),
            language: "en".to_owned(),
            duration_ms: 4_000_000,
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        }
    }

    /// Two people at once, an hour in, and one whom nobody knows.
    pub fn call() -> Transcript {
        transcript(vec![
            segment(Speaker::Agent, 1_234, 3_500, "Good morning."),
            segment(Speaker::Caller, 3_000, 4_005, "Who is this?"),
            segment(Speaker::Unknown, 3_723_045, 3_724_000, "Goodbye."),
        ])
    }
}
