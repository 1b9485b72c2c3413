//! The transcript as numbered lines, and a quote's way back to the words that were said.

use std::ops::Range;

use supabase_client::flag::Proof;
use supabase_client::transcript::{Speaker, Transcript};

use crate::lanes::judge::flags::Hit;
use crate::lanes::judge::phrases::tokens::normalised;
use crate::lanes::judge::speech::{Speech, Stretch};

/// An approximate quote is only looked for so many lines around the one that was named.
const NEAR_LINES: usize = 2;

/// What people say while they think; quotes may have more or fewer of them.
const FILLERS: [&str; 8] = ["uh", "um", "er", "ah", "eh", "hm", "mm", "mhm"];

/// One line of a request: a segment, or a part of one that would fill a request alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub speaker: Speaker,
    pub text: String,
    pub start_ms: u32,
    /// Positions among all words of the transcript.
    pub words: Range<usize>,
}

/// Longer lines are cut, so that the smallest request holds more than one.
const LONGEST_LINE_LETTERS: usize = 800;

/// The lines of a transcript that is ready to be sent. A line's number is its position.
pub fn lines(sent: &Transcript) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut position = 0;
    for segment in &sent.segments {
        let mut line: Option<Line> = None;
        for word in &segment.words {
            if !word.text.is_empty() {
                for text in pieces(&word.text) {
                    let open = line.take_if(|line| line.text.len() + text.len() >= LONGEST_LINE_LETTERS);
                    lines.extend(open);
                    let line = line.get_or_insert_with(|| Line {
                        speaker: segment.speaker,
                        text: String::new(),
                        start_ms: word.start_ms.clamp(segment.start_ms, segment.end_ms.max(segment.start_ms)),
                        words: position..position,
                    });
                    if !line.text.is_empty() {
                        line.text.push(' ');
                    }
                    line.text.push_str(text);
                    line.words.end = position + 1;
                }
            }
            position += 1;
        }
        lines.extend(line);
    }
    lines
}

/// A word that is longer than a line, in pieces.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = (1..=LONGEST_LINE_LETTERS).rev().find(|&end| rest.is_char_boundary(end.min(rest.len())));
        let (piece, after) = rest.split_at(end.unwrap_or(rest.len()).min(rest.len()));
        rest = after;
        Some(piece)
    })
}

/// Where a quote stands in the transcript.
///
/// Looked for among the lines `window`: first word for word, then with other case and punctuation,
/// contractions written out and fillers left out. Of several places the nearest to the named line
/// counts; one that is not exact has to be near it. `None`: nobody said that there.
pub fn find_quote(
    speech: &Speech<'_>,
    lines: &[Line],
    window: &Range<usize>,
    named_line: usize,
    quote: &str,
) -> Option<Hit> {
    let quote = quote.split_whitespace().collect::<Vec<_>>().join(" ");
    let quoted: Vec<String> = normalised_words(&quote);
    if quoted.is_empty() || !window.contains(&named_line) {
        return None;
    }
    let words = lines.get(window.start)?.words.start..lines.get(window.end - 1)?.words.end;
    let named = &lines[named_line].words;
    let distance = |hit: &Hit| {
        let before = named.start.saturating_sub(hit.last_word);
        before.max(hit.first_word.saturating_sub(named.end.saturating_sub(1)))
    };
    let near_first = window.start.max(named_line.saturating_sub(NEAR_LINES));
    let near_last = (window.end - 1).min(named_line + NEAR_LINES);
    let near = lines[near_first].words.start..lines[near_last].words.end;

    let places =
        speech.stretches.iter().flat_map(|stretch| places(stretch, &quoted).map(move |at| (stretch, at)));
    places
        .filter_map(|(stretch, tokens)| {
            let mut hit = stretch.hit(speech, &tokens, Proof::Exact);
            if hit.first_word < words.start || hit.last_word >= words.end {
                return None;
            }
            if !reads(speech, stretch, &hit, &quote) {
                hit.proof = Proof::Approximate;
                if hit.first_word < near.start || hit.last_word >= near.end {
                    return None;
                }
            }
            Some(hit)
        })
        .min_by_key(|hit| (hit.proof == Proof::Approximate, distance(hit), hit.first_word))
}

fn normalised_words(text: &str) -> Vec<String> {
    let words = text.split(' ').flat_map(normalised);
    words.filter(|word| !FILLERS.contains(&word.as_str())).collect()
}

/// Every run of tokens of the stretch that has the quoted words in their order, fillers apart.
fn places<'s>(stretch: &'s Stretch, quoted: &'s [String]) -> impl Iterator<Item = Range<usize>> + 's {
    let tokens = &stretch.tokens;
    (0..tokens.len()).filter_map(move |start| {
        let mut at = start;
        for (place, word) in quoted.iter().enumerate() {
            while place > 0 && tokens.get(at).is_some_and(|token| FILLERS.contains(&token.text.as_str())) {
                at += 1;
            }
            if tokens.get(at)?.text != *word {
                return None;
            }
            at += 1;
        }
        Some(start..at)
    })
}

/// Whether the words of the hit read as the quote does, letter by letter; the punctuation around it may
/// be left off.
fn reads(speech: &Speech<'_>, stretch: &Stretch, hit: &Hit, quote: &str) -> bool {
    let words = speech.words[hit.first_word..=hit.last_word].iter();
    let words = words.filter(|word| word.voice == stretch.voice && !word.text.is_empty());
    let said = words.map(|word| word.text).collect::<Vec<_>>().join(" ");
    let edge = |letter: char| !letter.is_alphanumeric();
    said == quote || said.trim_matches(edge) == quote.trim_matches(edge) && said.contains(quote)
}
