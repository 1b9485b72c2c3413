//! From the words that a phrase hit to the quote that a reviewer reads and hears.

use std::ops::RangeInclusive;

use super::speech::Speech;

/// Where the recogniser set no full stops, a quote shows this many words on either side of the hit.
const SURROUNDING_WORDS: usize = 15;

/// A whole sentence of the transcript, or several that a hit runs through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub text: String,
    pub start_ms: u32,
    pub end_ms: u32,
    /// Inclusive positions among all words of the transcript.
    pub words: (usize, usize),
}

/// The sentences around the words of a hit. A sentence never leaves its segment, so that a quote
/// begins on the line that the page highlights at that moment.
pub fn quote_around(speech: &Speech<'_>, hit: &RangeInclusive<usize>) -> Quote {
    let words = &speech.words;
    let (mut first, mut last) = (*hit.start(), *hit.end());
    while first > 0
        && words[first - 1].segment == words[first].segment
        && !ends_sentence(words[first - 1].text)
        && hit.start() - first < SURROUNDING_WORDS
    {
        first -= 1;
    }
    while last + 1 < words.len()
        && words[last + 1].segment == words[last].segment
        && !ends_sentence(words[last].text)
        && last - hit.end() < SURROUNDING_WORDS
    {
        last += 1;
    }
    // Between two segments of one speaker the other side can have spoken; that is no part of the quote.
    let quoted: Vec<_> = words[first..=last].iter().filter(|word| word.voice == words[first].voice).collect();
    Quote {
        text: quoted.iter().map(|word| word.text).collect::<Vec<_>>().join(" "),
        start_ms: words[first].start_ms,
        end_ms: quoted.iter().map(|word| word.end_ms).max().unwrap_or(words[first].start_ms),
        words: (first, last),
    }
}

fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '\'', '”', '’', ')']).ends_with(['.', '?', '!'])
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::{Segment, Speaker, Transcript, Word};

    use super::*;

    /// One segment for each text, a second for each word, the speakers as given.
    fn transcript(segments: &[(Speaker, &str)]) -> Transcript {
        let mut start_ms = 0;
        let segment = |&(speaker, text): &(Speaker, &str)| {
            let first_ms = start_ms;
            let word = |text: &str| {
                start_ms += 1_000;
                Word { text: text.to_owned(), start_ms: start_ms - 1_000, end_ms: start_ms, probability: 1.0 }
            };
            let words: Vec<Word> = text.split(' ').map(word).collect();
            let channel = u8::from(speaker == Speaker::Caller);
            Segment { channel, speaker, start_ms: first_ms, end_ms: start_ms, words, doubts: Vec::new() }
        };
        let segments: Vec<Segment> = segments.iter().map(segment).collect();
        let (model, language) = ("test".to_owned(), "en".to_owned());
        Transcript {
            model,
            language,
            duration_ms: start_ms,
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        }
    }

    fn quote(segments: &[(Speaker, &str)], hit: RangeInclusive<usize>) -> (String, u32, u32, (usize, usize)) {
        let transcript = transcript(segments);
        let Quote { text, start_ms, end_ms, words } = quote_around(&Speech::new(&transcript), &hit);
        (text, start_ms, end_ms, words)
    }

    #[test]
    fn a_quote_is_the_whole_sentence() {
        let said = [(Speaker::Agent, "Hello. This plan is \"completely free.\" What is your zip code?")];
        assert_eq!(
            quote(&said, 4..=5),
            ("This plan is \"completely free.\"".to_owned(), 1_000, 6_000, (1, 5))
        );
        assert_eq!(quote(&said, 0..=0), ("Hello.".to_owned(), 0, 1_000, (0, 0)));
        assert_eq!(quote(&said, 10..=10), ("What is your zip code?".to_owned(), 6_000, 11_000, (6, 10)));
    }

    #[test]
    fn a_quote_stays_in_its_segment() {
        let said = [(Speaker::Agent, "it is"), (Speaker::Agent, "free for"), (Speaker::Agent, "you")];
        assert_eq!(quote(&said, 2..=2), ("free for".to_owned(), 2_000, 4_000, (2, 3)));
        assert_eq!(quote(&said, 1..=2), ("it is free for".to_owned(), 0, 4_000, (0, 3)));
    }

    #[test]
    fn the_other_side_is_not_quoted() {
        let said = [(Speaker::Agent, "sign up"), (Speaker::Caller, "Okay."), (Speaker::Agent, "today")];
        assert_eq!(quote(&said, 1..=3), ("sign up today".to_owned(), 0, 4_000, (0, 3)));
    }

    #[test]
    fn without_full_stops_a_quote_is_cut() {
        let long = ["word"; 100].join(" ");
        let (text, start_ms, end_ms, words) = quote(&[(Speaker::Agent, &long)], 50..=51);
        assert_eq!((text.split(' ').count(), start_ms, end_ms, words), (32, 35_000, 67_000, (35, 66)));
    }
}
