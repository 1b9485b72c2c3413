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

/// Longer lines are cut, so that the smallest request holds one whose every letter is a token.
const LONGEST_LINE_LETTERS: usize = 400;

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

/// A quote as the model gives it.
pub struct Quoted<'q> {
    pub line: usize,
    pub text: &'q str,
}

/// Where a quote stands in the transcript, if anywhere in `window`, and whether that place is of use.
///
/// Looked for among the lines of the window word for word; then, near the named line, with other case and
/// punctuation, contractions written out and fillers left out. Of several places one that `check` finds
/// nothing against comes first, then the nearest to the named line. `Err`: nobody said that there, or
/// what speaks against every place where it was said.
pub fn find_quote<E>(
    speech: &Speech<'_>,
    lines: &[Line],
    window: &Range<usize>,
    quoted: &Quoted<'_>,
    not_found: E,
    check: impl Fn(&Hit) -> Result<(), E>,
) -> Result<Hit, E> {
    if !window.contains(&quoted.line) {
        return Err(not_found);
    }
    let quote = quoted.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let tokens: Vec<String> = quote.split(' ').flat_map(normalised).collect();
    let words = lines[window.start].words.start..lines[window.end - 1].words.end;
    let named = &lines[quoted.line].words;
    let distance = |hit: &Hit| {
        let before = named.start.saturating_sub(hit.last_word);
        before.max(hit.first_word.saturating_sub(named.end.saturating_sub(1)))
    };
    let nearest = |hits: &mut dyn Iterator<Item = Hit>| {
        hits.map(|hit| (check(&hit), hit))
            .min_by_key(|(objection, hit)| (objection.is_err(), distance(hit), hit.first_word))
    };

    let mut exact = places(speech, &tokens, &words, false)
        .map(|(stretch, tokens)| (stretch, stretch.hit(speech, &tokens, Proof::Exact)))
        .filter(|(stretch, hit)| hit.last_word < words.end && reads(speech, stretch, hit, &quote))
        .map(|(_, hit)| hit);
    let exact = nearest(&mut exact);
    if let Some((Ok(()), hit)) = exact {
        return Ok(hit);
    }
    let near_first = window.start.max(quoted.line.saturating_sub(NEAR_LINES));
    let near_last = (window.end - 1).min(quoted.line + NEAR_LINES);
    let near = lines[near_first].words.start..lines[near_last].words.end;
    let without_fillers: Vec<String> = tokens.iter().filter(|word| !is_filler(word)).cloned().collect();
    let mut approximate = places(speech, &without_fillers, &near, true)
        .map(|(stretch, tokens)| stretch.hit(speech, &tokens, Proof::Approximate))
        .filter(|hit| hit.last_word < near.end);
    match (nearest(&mut approximate), exact) {
        (Some((Ok(()), hit)), _) => Ok(hit),
        (_, Some((Err(objection), _))) | (Some((Err(objection), _)), None) => Err(objection),
        _ => Err(not_found),
    }
}

fn is_filler(word: &str) -> bool {
    FILLERS.contains(&word)
}

/// Every run of tokens that has the quoted words in their order and begins in a range of words; fillers
/// in between may be passed over.
fn places<'s>(
    speech: &'s Speech<'_>,
    quoted: &'s [String],
    words: &Range<usize>,
    pass_fillers: bool,
) -> impl Iterator<Item = (&'s Stretch, Range<usize>)> {
    let words = if quoted.is_empty() { 0..0 } else { words.clone() };
    speech.stretches.iter().flat_map(move |stretch| {
        let first_from = |word: usize| stretch.tokens.partition_point(|token| token.word < word);
        (first_from(words.start)..first_from(words.end)).filter_map(move |start| {
            let text = |at: usize| stretch.tokens.get(at).map(|token| speech.vocabulary.text(token.id));
            let mut at = start;
            for (place, word) in quoted.iter().enumerate() {
                while pass_fillers && place > 0 && text(at).is_some_and(is_filler) {
                    at += 1;
                }
                if text(at)? != word {
                    return None;
                }
                at += 1;
            }
            // Half of a contraction is another word: nobody who said "can't" said "can".
            let cuts = |at: usize| {
                at > 0 && at < stretch.tokens.len() && stretch.tokens[at - 1].word == stretch.tokens[at].word
            };
            (!cuts(start) && !cuts(at)).then_some((stretch, start..at))
        })
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

#[cfg(test)]
mod tests {
    use supabase_client::transcript::{Segment, Word};

    use super::*;

    fn transcript(lines: &[(Speaker, &str)]) -> Transcript {
        let segment = |(at, &(speaker, text)): (usize, &(Speaker, &str))| {
            let start_ms = u32::try_from(at).unwrap() * 1_000;
            let word = |text: &str| Word {
                text: text.to_owned(),
                start_ms,
                end_ms: start_ms + 900,
                probability: 1.0,
            };
            let words = text.split(' ').map(word).collect();
            let channel = u8::from(speaker == Speaker::Caller);
            Segment { channel, speaker, start_ms, end_ms: start_ms + 900, words, doubts: Vec::new() }
        };
        Transcript {
            model: "test".to_owned(),
            language: "en".to_owned(),
            duration_ms: 60_000,
            segments: lines.iter().enumerate().map(segment).collect(),
            peaks: Vec::new(),
            unheard: Vec::new(),
        }
    }

    const CALL: [(Speaker, &str); 6] = [
        (Speaker::Agent, "It is, uh, free. Um, I don't lie."),
        (Speaker::Caller, "It is free."),
        (Speaker::Agent, "You can sign up"),
        (Speaker::Caller, "Okay."),
        (Speaker::Agent, "right now. It is free."),
        (Speaker::Agent, "Goodbye."),
    ];

    /// The words that are found, who says them, and whether they read as the quote does.
    fn found(named_line: usize, quote: &str) -> Option<(usize, usize, Speaker, Proof)> {
        let transcript = transcript(&CALL);
        let (speech, lines) = (Speech::new(&transcript), lines(&transcript));
        let quoted = Quoted { line: named_line, text: quote };
        let hit = find_quote(&speech, &lines, &(0..lines.len()), &quoted, (), |_| Ok(())).ok()?;
        Some((hit.first_word, hit.last_word, hit.speaker, hit.proof))
    }

    #[test]
    fn a_quote_is_found_where_it_was_said() {
        use Proof::{Approximate, Exact};
        use Speaker::{Agent, Caller};
        for (line, quote, expected) in [
            (0, "It is, uh, free.", Some((0, 3, Agent, Exact))),
            (0, "is, uh, free", Some((1, 3, Agent, Exact))),
            (0, "Um, I don't lie.", Some((4, 7, Agent, Exact))),
            // Fillers, contractions, case and punctuation do not matter.
            (0, "it is free", Some((0, 3, Agent, Approximate))),
            (0, "I do not lie", Some((5, 7, Agent, Approximate))),
            (0, "I do um not lie", Some((5, 7, Agent, Approximate))),
            // Exactly the same elsewhere is what is meant; the nearest of several.
            (0, "It is free.", Some((8, 10, Caller, Exact))),
            (5, "It is free.", Some((18, 20, Agent, Exact))),
            // On across the other side's words, and no further than the window.
            (2, "sign up right now.", Some((13, 17, Agent, Exact))),
            (0, "I do like", None),
            (0, "I do", None),
            (0, "not lie", None),
            (0, "It is not free", None),
            (0, "uh um", None),
            (0, "", None),
            (9, "It is free.", None),
            (0, "goodbye", None),
            (3, "goodbye", Some((21, 21, Agent, Approximate))),
        ] {
            assert_eq!(found(line, quote), expected, "{quote:?} in line {line}");
        }
    }

    #[test]
    fn nothing_outside_the_window_is_found() {
        let transcript = transcript(&CALL);
        let (speech, lines) = (Speech::new(&transcript), lines(&transcript));
        let find = |text| find_quote(&speech, &lines, &(1..3), &Quoted { line: 2, text }, (), |_| Ok(()));
        assert!(find("right now.").is_err());
        assert!(find("You can sign up").is_ok());
    }

    #[test]
    fn a_place_that_is_of_use_comes_before_a_nearer_one() {
        let transcript = transcript(&CALL);
        let (speech, lines) = (Speech::new(&transcript), lines(&transcript));
        let of =
            |wanted| move |hit: &Hit| if hit.speaker == wanted { Ok(()) } else { Err("another speaker") };
        let find = |line, wanted| {
            let quoted = Quoted { line, text: "It is free." };
            let hit = find_quote(&speech, &lines, &(0..lines.len()), &quoted, "not said", of(wanted));
            hit.map(|hit| hit.first_word)
        };
        assert_eq!((find(1, Speaker::Caller), find(1, Speaker::Agent)), (Ok(8), Ok(18)));
        assert_eq!(find(1, Speaker::Unknown), Err("another speaker"));
    }

    #[test]
    fn endless_lines_are_cut_and_keep_their_words() {
        let text = ["word"; 1_000].join(" ");
        let lines = lines(&transcript(&[(Speaker::Agent, &text), (Speaker::Agent, &"x".repeat(2_000))]));
        assert!(lines.iter().all(|line| line.text.len() <= LONGEST_LINE_LETTERS));
        assert_eq!(lines.iter().map(|line| line.text.matches("word").count()).sum::<usize>(), 1_000);
        assert_eq!((lines[0].words.start, lines.last().unwrap().words.clone()), (0, 1_000..1_001));
    }
}
