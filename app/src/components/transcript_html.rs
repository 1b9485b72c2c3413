//! The lines of a transcript as plain HTML: no element stands around a word, and no reactive node behind one.

use std::fmt::Write as _;

use supabase_client::flag::{Flag, Severity};

use crate::format::clock;
use crate::transcript_payload::TranscriptPayload;
use crate::wording;

/// So many lines stand together: what is out of sight is left out by the browser as a whole. It looks at each part
/// whenever anything moves, and three hours have thousands of lines.
pub const LINES_TOGETHER: u32 = 20;

/// Flagged words are wrapped here so that they are seen without JavaScript; where the browser can mark words by
/// itself, it takes the wrapping away again.
#[must_use]
pub fn lines(payload: &TranscriptPayload, text: &str, flags: &[Flag]) -> String {
    let mut html = String::with_capacity(text.len() * 4);
    let words = |line: &str| if line.is_empty() { 0 } else { line.split(' ').count() };
    let times = payload.times(text.lines().map(words));
    let flagged = flagged_stretches(flags);
    let mut position = 0_u32;
    let mut speaker_before = None;
    for ((number, (line, speaker)), (start_ms, _)) in
        (0..).zip(text.lines().zip(payload.speakers())).zip(times)
    {
        let turn = speaker_before != Some(speaker);
        speaker_before = Some(speaker);
        let doubt = payload.doubts.binary_search_by_key(&number, |(line, _)| *line).ok();
        let place = clock(start_ms);
        if number % LINES_TOGETHER == 0 {
            html.push_str(if number > 0 { "</div>" } else { "" });
            html.push_str("<div class=\"lines-together\" role=\"presentation\">");
        }
        let _ = write!(
            html,
            "<div class=\"line speaker-{tone}{turn}{doubtful}\" role=\"listitem\" id=\"line-{number}\" data-line=\"{number}\">\
             <p class=\"line-speaker\"><span{hidden}>{name}</span></p>\
             <button type=\"button\" class=\"line-time\" aria-label=\"Play from {place}\">{place}</button>\
             <p class=\"line-words\">",
            tone = wording::speaker_tone(speaker),
            turn = if turn { " turn" } else { "" },
            doubtful = if doubt.is_some() { " doubtful" } else { "" },
            hidden = if turn { "" } else { " class=\"visually-hidden\"" },
            name = wording::speaker(speaker),
        );
        write_words(&mut html, line, position, &flagged);
        html.push_str("</p>");
        if let Some(doubt) = doubt {
            let reasons = html_escape::encode_text(&payload.doubts[doubt].1);
            let _ = write!(html, "<p class=\"line-doubt\">Read with care: {reasons}.</p>");
        }
        html.push_str("</div>");
        position += u32::try_from(words(line)).unwrap_or(0);
    }
    html.push_str(if html.is_empty() { "" } else { "</div>" });
    html
}

/// Stretches of flagged words in rising order, none overlapping; each with the worst severity that holds there.
#[must_use]
pub fn flagged_stretches(flags: &[Flag]) -> Vec<(u32, u32, Severity)> {
    let quoted: Vec<(u32, u32, Severity)> = flags
        .iter()
        .filter_map(|flag| flag.words.map(|(first, last)| (first, last, flag.severity)))
        .collect();
    let mut edges: Vec<u32> = quoted.iter().flat_map(|(first, last, _)| [*first, *last + 1]).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut stretches: Vec<(u32, u32, Severity)> = Vec::new();
    for edge in edges.windows(2) {
        let (from, to) = (edge[0], edge[1]);
        let over = quoted.iter().filter(|(first, last, _)| *first <= from && to <= *last + 1);
        let Some(severity) = over.map(|(_, _, severity)| *severity).max() else { continue };
        match stretches.last_mut() {
            Some(before) if before.1 + 1 == from && before.2 == severity => before.1 = to - 1,
            _ => stretches.push((from, to - 1, severity)),
        }
    }
    stretches
}

/// The words of a line, whose first has the position `first` among all words.
fn write_words(html: &mut String, line: &str, first: u32, flagged: &[(u32, u32, Severity)]) {
    let mut open = None;
    let mut next = flagged.partition_point(|(_, last, _)| *last < first);
    for (position, word) in (first..).zip(line.split(' ')) {
        while flagged.get(next).is_some_and(|(_, last, _)| *last < position) {
            next += 1;
        }
        let stretch = flagged.get(next).filter(|(from, _, _)| *from <= position).map(|_| next);
        if open.is_some() && open != stretch {
            html.push_str("</mark>");
        }
        if position > first {
            html.push(' ');
        }
        if let Some(stretch) = stretch.filter(|_| open != stretch) {
            html.push_str(mark(flagged[stretch].2));
        }
        open = stretch;
        html_escape::encode_text_to_string(word, html);
    }
    if open.is_some() {
        html.push_str("</mark>");
    }
}

const fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "<mark class=\"flagged tone-critical\">",
        Severity::Major => "<mark class=\"flagged tone-major\">",
        Severity::Minor => "<mark class=\"flagged tone-minor\">",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use supabase_client::flag::Proof;
    use supabase_client::transcript::Speaker;

    fn flag(words: (u32, u32), severity: Severity) -> Flag {
        Flag {
            id: format!("rule:{}-{}", words.0, words.1),
            rule_key: "rule".into(),
            rule_title: "Rule".into(),
            severity,
            speaker: Speaker::Agent,
            quote: "you win".into(),
            start_ms: 1000,
            end_ms: 1190,
            words: Some(words),
            proof: Proof::Exact,
            doubtful: false,
        }
    }

    fn written(line: &str, first: u32, flags: &[Flag]) -> String {
        let mut html = String::new();
        write_words(&mut html, line, first, &flagged_stretches(flags));
        html
    }

    #[test]
    fn words_are_escaped() {
        assert_eq!(written("a <b> & c", 0, &[]), "a &lt;b&gt; &amp; c");
    }

    #[test]
    fn the_flag_is_found_by_its_position_among_all_words() {
        assert_eq!(
            written("you win now", 2, &[flag((2, 3), Severity::Major)]),
            "<mark class=\"flagged tone-major\">you win</mark> now"
        );
    }

    #[test]
    fn a_flag_goes_over_the_end_of_a_line() {
        let flags = [flag((1, 2), Severity::Minor)];
        assert_eq!(written("a b", 0, &flags), "a <mark class=\"flagged tone-minor\">b</mark>");
        assert_eq!(written("c d", 2, &flags), "<mark class=\"flagged tone-minor\">c</mark> d");
    }

    #[test]
    fn the_worst_of_two_flags_on_one_word_is_shown() {
        let flags = [flag((0, 2), Severity::Minor), flag((1, 1), Severity::Critical)];
        assert_eq!(
            flagged_stretches(&flags),
            [(0, 0, Severity::Minor), (1, 1, Severity::Critical), (2, 2, Severity::Minor)]
        );
    }
}
