use std::fmt::Write as _;
use std::sync::Arc;

use leptos::prelude::*;
use supabase_client::flag::{Flag, Severity};
use supabase_client::transcript::{Segment, Transcript};

use crate::format::clock;
use crate::playback::Playback;
use crate::transcript_hits::Hit;
use crate::wording;

/// Writes the words of a line as plain HTML. No reactive node stands behind a word: a call of three hours has
/// thirty thousand of them.
#[derive(Clone)]
pub struct LineWriter {
    transcript: Arc<Transcript>,
    flags: Arc<[Flag]>,
    /// Position of each line's first word among all words.
    first_words: Arc<[u32]>,
}

impl LineWriter {
    #[must_use]
    pub fn new(transcript: Arc<Transcript>, flags: &[Flag]) -> Self {
        let first_words = transcript.segments.iter().scan(0, |next, segment| {
            let first = *next;
            *next += u32::try_from(segment.words.len()).unwrap_or(u32::MAX);
            Some(first)
        });
        Self { first_words: first_words.collect(), flags: flags.into(), transcript }
    }

    /// The line's words: each a span that knows when it begins, flagged ones underlined together, hits in `<mark>`.
    /// `hits` are those of this line, with their numbers among all hits.
    #[must_use]
    pub fn html(&self, line: usize, hits: &[(usize, Hit)]) -> String {
        let mut html = String::new();
        let words = &self.transcript.segments[line].words;
        let mut before = Around::default();
        for ((word, spoken), position) in words.iter().enumerate().zip(self.first_words[line]..) {
            let around = Around {
                hit: hits
                    .iter()
                    .find(|(_, hit)| (hit.first..=hit.last).contains(&word))
                    .map(|(number, _)| *number),
                flagged: self.severity(position),
            };
            around.follow(before, word == 0, &mut html);
            let text = html_escape::encode_text(&spoken.text);
            let _ = write!(html, "<span data-start=\"{}\">{text}</span>", spoken.start_ms);
            before = around;
        }
        Around::default().close(before, &mut html);
        html
    }

    /// The worst severity among the flags that quote the word.
    fn severity(&self, position: u32) -> Option<Severity> {
        let quoting = self
            .flags
            .iter()
            .filter(|flag| flag.words.is_some_and(|(first, last)| (first..=last).contains(&position)));
        quoting.map(|flag| flag.severity).max()
    }
}

/// The elements around a word: the mark of a hit, and within it the line under flagged words.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Around {
    hit: Option<usize>,
    flagged: Option<Severity>,
}

impl Around {
    /// Closes what ends before this word and opens what begins with it. Neighbours share one element: every edge
    /// between two would show as a seam.
    fn follow(self, before: Self, is_first: bool, html: &mut String) {
        if self == before && !is_first {
            html.push(' ');
            return;
        }
        self.close(before, html);
        if !is_first {
            match self.flagged.filter(|_| self.flagged == before.flagged) {
                // A hit begins or ends within flagged words.
                Some(severity) => {
                    let _ = write!(html, "{} </span>", flagged(severity));
                }
                None => html.push(' '),
            }
        }
        if let Some(number) = self.hit.filter(|_| self.hit != before.hit) {
            let _ = write!(html, "<mark data-hit=\"{number}\">");
        }
        if let Some(severity) = self.flagged {
            html.push_str(flagged(severity));
        }
    }

    fn close(self, before: Self, html: &mut String) {
        if before.flagged.is_some() {
            html.push_str("</span>");
        }
        if before.hit.is_some() && self.hit != before.hit {
            html.push_str("</mark>");
        }
    }
}

const fn flagged(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "<span class=\"flagged tone-critical\">",
        Severity::Major => "<span class=\"flagged tone-major\">",
        Severity::Minor => "<span class=\"flagged tone-minor\">",
    }
}

/// One line of the transcript: who, when, and the words.
#[component]
pub fn TranscriptLine(
    line: usize,
    segment: Segment,
    /// Whether somebody else spoke before.
    new_speaker: bool,
    html: String,
) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let speaker = wording::speaker(segment.speaker);
    let tone = wording::speaker_tone(segment.speaker);
    let doubts = segment.doubts.iter().copied().map(wording::doubt).collect::<Vec<_>>().join("; ");
    let place = clock(segment.start_ms);
    let start_ms = segment.start_ms;
    let doubtful = !doubts.is_empty();
    view! {
        <li class=format!("line speaker-{tone}") class:turn=new_speaker class:doubtful=doubtful id=format!("line-{line}")>
            <p class="line-speaker">
                <span class:visually-hidden=!new_speaker>{speaker}</span>
            </p>
            <button type="button" class="line-time" aria-label=format!("Play from {place}")
                on:click=move |_| playback.play_from(start_ms)>{place.clone()}</button>
            <p class="line-words" inner_html=html></p>
            {doubtful.then(|| view! { <p class="line-doubt">{format!("Read with care: {doubts}.")}</p> })}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_client::flag::Proof;
    use supabase_client::transcript::{Speaker, Word};

    fn line(words: &[&str], first_ms: u32) -> Segment {
        let word = |(position, text): (u32, &&str)| Word {
            text: (*text).into(),
            start_ms: first_ms + position * 100,
            end_ms: first_ms + position * 100 + 90,
            probability: 1.0,
        };
        Segment {
            channel: 0,
            speaker: Speaker::Agent,
            start_ms: first_ms,
            end_ms: first_ms + 1000,
            words: (0..).zip(words).map(word).collect(),
            doubts: Vec::new(),
        }
    }

    fn flag(words: (u32, u32)) -> Flag {
        Flag {
            id: "rule:2-3".into(),
            rule_key: "rule".into(),
            rule_title: "Rule".into(),
            severity: Severity::Major,
            speaker: Speaker::Agent,
            quote: "you win".into(),
            start_ms: 1000,
            end_ms: 1190,
            words: Some(words),
            proof: Proof::Exact,
            doubtful: false,
        }
    }

    fn writer() -> LineWriter {
        let transcript = Transcript {
            model: String::new(),
            language: "en".into(),
            duration_ms: 3000,
            segments: vec![line(&["a", "<b>"], 0), line(&["you", "win", "now"], 1000)],
            peaks: Vec::new(),
            unheard: Vec::new(),
        };
        LineWriter::new(Arc::new(transcript), &[flag((2, 3))])
    }

    #[test]
    fn words_are_escaped() {
        assert_eq!(
            writer().html(0, &[]),
            r#"<span data-start="0">a</span> <span data-start="100">&lt;b&gt;</span>"#
        );
    }

    #[test]
    fn the_flag_is_found_by_its_position_among_all_words() {
        assert_eq!(
            writer().html(1, &[]),
            concat!(
                r#"<span class="flagged tone-major">"#,
                r#"<span data-start="1000">you</span> <span data-start="1100">win</span></span>"#,
                r#" <span data-start="1200">now</span>"#,
            )
        );
    }

    #[test]
    fn a_hit_that_begins_within_flagged_words_leaves_the_line_under_them_whole() {
        assert_eq!(
            writer().html(1, &[(0, Hit { line: 1, first: 1, last: 2 })]),
            concat!(
                r#"<span class="flagged tone-major"><span data-start="1000">you</span></span>"#,
                r#"<span class="flagged tone-major"> </span>"#,
                r#"<mark data-hit="0"><span class="flagged tone-major"><span data-start="1100">win</span></span>"#,
                r#" <span data-start="1200">now</span></mark>"#,
            )
        );
    }

    #[test]
    fn a_hit_is_one_mark_however_many_words_it_has() {
        let html = writer().html(1, &[(4, Hit { line: 1, first: 1, last: 2 })]);
        assert_eq!(html.matches("<mark").count(), 1);
        let marked =
            html.split(r#"<mark data-hit="4">"#).nth(1).and_then(|rest| rest.split("</mark>").next());
        assert!(marked.is_some_and(|marked| marked.contains("win") && marked.contains("now")), "{html}");
    }
}
