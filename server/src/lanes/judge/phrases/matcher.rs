//! Finds the hits of a phrase in a stretch of speech.

use std::ops::Range;

use super::tokens::{Token, is_number};
use super::{Item, Phrase};

/// From this length on a word may be one letter off; shorter words differ too little from each other.
const TOLERANT_FROM_LETTERS: usize = 7;

impl Phrase {
    /// Every hit, as a range of positions in `tokens`: the shortest one at each beginning, none
    /// overlapping the one before it.
    pub fn hits(&self, tokens: &[Token]) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        let mut from = 0;
        while from < tokens.len() {
            if let Some(end) = self.end_of_match(tokens, from) {
                hits.push(from..end);
                from = end;
            } else {
                from += 1;
            }
        }
        hits
    }

    /// Where the shortest match that begins at `from` ends.
    fn end_of_match(&self, tokens: &[Token], from: usize) -> Option<usize> {
        // All positions that the items so far can have led to, in order.
        let mut reached = vec![from];
        for item in &self.items {
            let mut next = Vec::new();
            for &at in &reached {
                item.reach(tokens, at, &mut next);
            }
            if next.is_empty() {
                return None;
            }
            next.sort_unstable();
            next.dedup();
            reached = next;
        }
        reached.first().copied()
    }
}

impl Item {
    /// Adds every position that the item can lead to from `at`.
    fn reach(&self, tokens: &[Token], at: usize, reached: &mut Vec<usize>) {
        match self {
            Self::OneOf { branches, optional } => {
                if *optional {
                    reached.push(at);
                }
                for branch in branches {
                    let spoken = tokens[at..].iter().map(|token| token.text.as_str());
                    let same = branch.iter().zip(spoken).filter(|(word, spoken)| sounds_like(word, spoken));
                    if same.count() == branch.len() {
                        reached.push(at + branch.len());
                    }
                }
            }
            Self::Gap(words) => reached.extend(at..=tokens.len().min(at + words)),
            Self::Number => {
                let mut end = at;
                while tokens.get(end).is_some_and(|token| is_number(&token.text)) {
                    end += 1;
                    reached.push(end);
                    let joined = tokens.get(end).is_some_and(|token| token.text == "and");
                    if joined && tokens.get(end + 1).is_some_and(|token| is_number(&token.text)) {
                        end += 1;
                    }
                }
            }
        }
    }
}

/// Whether a recogniser may have written `spoken` for `word`: the same, or, when both are long and
/// begin alike, at most one letter changed, added or dropped.
fn sounds_like(word: &str, spoken: &str) -> bool {
    if word == spoken {
        return true;
    }
    let long = word.len() >= TOLERANT_FROM_LETTERS && spoken.len() >= TOLERANT_FROM_LETTERS;
    if !long || word.chars().next() != spoken.chars().next() || is_number(word) || is_number(spoken) {
        return false;
    }
    let (word, spoken): (Vec<char>, Vec<char>) = (word.chars().collect(), spoken.chars().collect());
    within_one_edit(&word, &spoken)
}

fn within_one_edit(one: &[char], other: &[char]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let alike = short.iter().zip(long).take_while(|(left, right)| left == right).count();
    let (short_rest, long_rest) = (&short[alike..], &long[alike..]);
    let skip = usize::from(short.len() == long.len()).min(short_rest.len());
    long_rest.is_empty() || short_rest[skip..] == long_rest[1..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokens::normalised;
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let written = text.split_whitespace().enumerate();
        written
            .flat_map(|(word, written)| normalised(written).into_iter().map(move |text| Token { text, word }))
            .collect()
    }

    /// The hits as the words they cover.
    fn hits(phrase: &str, text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let found = Phrase::parse(phrase).unwrap().hits(&tokens);
        let words = |hit: Range<usize>| {
            tokens[hit].iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        found.into_iter().map(words).collect()
    }

    #[test]
    fn phrases_match_what_they_say() {
        for (phrase, text, expected) in [
            ("completely free", "This plan is completely free.", vec!["completely free"]),
            ("completely free", "It is free, completely.", vec![]),
            ("free", "Free! FREE, free?", vec!["free", "free", "free"]),
            ("free", "freely freedom", vec![]),
            ("i guarantee", "I, uh, guarantee it.", vec![]),
            ("i *2 guarantee", "I, uh, guarantee it.", vec!["i uh guarantee"]),
            ("i *2 guarantee", "I do not really guarantee it.", vec![]),
            (
                "(sign up|enroll) today",
                "You can sign up today or enroll today.",
                vec!["sign up today", "enroll today"],
            ),
            (
                "please? stop calling (me)?",
                "Stop calling! Please stop calling me.",
                vec!["stop calling", "please stop calling"],
            ),
            (
                "save # dollars",
                "save 50 dollars, save fifty two dollars, save one hundred and five dollars",
                vec!["save 50 dollars", "save fifty two dollars", "save one hundred and five dollars"],
            ),
            ("save # dollars", "save many dollars, save five and dollars", vec![]),
            ("do not call", "Don't call. Do not call.", vec!["do not call", "do not call"]),
            ("don't call", "Do not call.", vec!["do not call"]),
            ("a a", "a a a a a", vec!["a a", "a a"]),
            ("ends *20 today", "ends today", vec!["ends today"]),
        ] {
            assert_eq!(hits(phrase, text), expected, "{phrase:?} in {text:?}");
        }
    }

    #[test]
    fn long_words_may_be_one_letter_off() {
        for (spoken, heard) in [
            ("guaranteed", true),
            ("guarante", true),
            ("guerantee", true),
            ("guarantees", true),
            ("garante", false),
            ("warantee", false),
        ] {
            assert_eq!(!hits("guarantee", spoken).is_empty(), heard, "{spoken}");
        }
        assert!(hits("enroll", "enrol").is_empty(), "six letters are too few");
        assert!(hits("typical", "atypical").is_empty(), "the first letter decides");
        assert!(hits("seventy", "seventh").is_empty(), "numbers are never guessed");
    }

    /// What `within_one_edit` abbreviates.
    fn edit_distance(one: &[char], other: &[char]) -> usize {
        match (one, other) {
            ([], rest) | (rest, []) => rest.len(),
            ([first, one @ ..], [other_first, other @ ..]) if first == other_first => {
                edit_distance(one, other)
            }
            ([_, one_rest @ ..], [_, other_rest @ ..]) => {
                let changed = edit_distance(one_rest, other_rest);
                1 + changed.min(edit_distance(one, other_rest)).min(edit_distance(one_rest, other))
            }
        }
    }

    fn spoken_words() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(
            prop::sample::select(vec!["we", "can", "save", "fifty", "dollars", "today"]),
            0..30,
        )
    }

    proptest! {
        #[test]
        fn one_edit_is_edit_distance_one(one in "[ab]{0,6}", other in "[ab]{0,6}") {
            let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            prop_assert_eq!(within_one_edit(&one, &other), edit_distance(&one, &other) <= 1);
        }

        #[test]
        fn a_run_of_words_is_found_where_it_is(words in spoken_words(), from in 0_usize..30, length in 1_usize..5) {
            prop_assume!(from + length <= words.len());
            let phrase = words[from..from + length].join(" ");
            let tokens = tokens(&words.join(" "));
            let found = Phrase::parse(&phrase).unwrap().hits(&tokens);
            prop_assert!(found.iter().any(|hit| hit.start < from + length && from < hit.end));
            for hit in found {
                prop_assert_eq!(words[hit].join(" "), phrase.clone());
            }
        }

        #[test]
        fn hits_of_gaps_keep_their_ends_and_their_width(words in spoken_words(), gap in 1_usize..=20) {
            let tokens = tokens(&words.join(" "));
            let mut last_end = 0;
            for hit in Phrase::parse(&format!("save *{gap} today")).unwrap().hits(&tokens) {
                prop_assert_eq!((words[hit.start], words[hit.end - 1]), ("save", "today"));
                prop_assert!(hit.len() <= gap + 2);
                prop_assert!(hit.start >= last_end);
                last_end = hit.end;
            }
        }

        #[test]
        fn nothing_written_makes_parser_or_matcher_panic(text in "[ a-b'?*#()|0-9]{0,24}", words in spoken_words()) {
            if let Ok(phrase) = Phrase::parse(&text) {
                let tokens = tokens(&words.join(" "));
                for hit in phrase.hits(&tokens) {
                    prop_assert!(hit.start < hit.end && hit.end <= tokens.len());
                }
            }
        }
    }
}
