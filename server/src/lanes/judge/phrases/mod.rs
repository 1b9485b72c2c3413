//! Phrases: the word patterns of deterministic rules.
//!
//! A phrase is a row of items, separated by single spaces:
//!
//! | item           | matches                                                     |
//! |----------------|-------------------------------------------------------------|
//! | `word`         | that word (letters, digits, apostrophes)                    |
//! | `word?`        | that word or nothing                                        |
//! | `(a\|b c)`     | any one of the branches; a branch is one or more words      |
//! | `(a\|b c)?`    | any one of the branches or nothing                          |
//! | `*N`           | a gap: 0 to N words of any kind, N from 1 to 20             |
//! | `#`            | a number, spelled or in digits, of one or more words        |
//!
//! A phrase has at least one word or alternative that is not optional, and neither begins nor ends
//! with a gap. The check on `core.rules.phrases` refuses what [`Phrase::parse`] refuses; both are
//! tested with the list in `supabase/tests/phrases.json`.
//!
//! Case, punctuation and contractions do not matter (see [`tokens`]), and a word of seven letters or
//! more also matches what a recogniser spelled with one letter changed, added or dropped (see
//! [`vocabulary`]).

pub mod matcher;
#[cfg(test)]
mod plain;
pub mod tokens;
pub mod vocabulary;

use thiserror::Error;

use tokens::normalised;

/// A gap may skip this many words at most.
pub const LONGEST_GAP_WORDS: usize = 20;

/// A parsed phrase. [`Phrase::among`] looks its words up in a call, and [`matcher::Sought::hits`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Each branch is one or more normalised words.
    OneOf {
        branches: Vec<Vec<String>>,
        optional: bool,
    },
    Gap(usize),
    Number,
}

/// Why a text is no phrase, as a sentence for the admin who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PhraseError {
    #[error("a phrase needs at least one item, and single spaces between its items")]
    EmptyItem,
    #[error("{0:?} is no word: words are made of letters, digits and apostrophes")]
    NoWord(String),
    #[error("a group needs both its brackets")]
    OpenGroup,
    #[error("{0:?} is no gap: write *1 to *{LONGEST_GAP_WORDS}")]
    NoGap(String),
    #[error("a phrase must not begin or end with a gap")]
    GapAtEdge,
    #[error("a phrase needs at least one word or group that is not optional")]
    NothingFixed,
}

impl Phrase {
    /// Reads a phrase in the grammar of this module.
    pub fn parse(text: &str) -> Result<Self, PhraseError> {
        let items = split_items(text)?.into_iter().map(Item::parse).collect::<Result<Vec<_>, _>>()?;
        if matches!(items.first(), Some(Item::Gap(_))) || matches!(items.last(), Some(Item::Gap(_))) {
            return Err(PhraseError::GapAtEdge);
        }
        if !items.iter().any(|item| matches!(item, Item::OneOf { optional: false, .. })) {
            return Err(PhraseError::NothingFixed);
        }
        Ok(Self { items })
    }
}

/// Cuts at the spaces outside brackets.
fn split_items(text: &str) -> Result<Vec<&str>, PhraseError> {
    let mut items = Vec::new();
    let mut in_group = false;
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' if in_group => return Err(PhraseError::OpenGroup),
            '(' => in_group = true,
            ')' if !in_group => return Err(PhraseError::OpenGroup),
            ')' => in_group = false,
            ' ' if !in_group => {
                items.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if in_group {
        return Err(PhraseError::OpenGroup);
    }
    items.push(&text[start..]);
    Ok(items)
}

impl Item {
    fn parse(text: &str) -> Result<Self, PhraseError> {
        if text.is_empty() {
            return Err(PhraseError::EmptyItem);
        }
        if text == "#" {
            return Ok(Self::Number);
        }
        if let Some(gap) = text.strip_prefix('*') {
            return parse_gap(gap).map(Self::Gap).ok_or_else(|| PhraseError::NoGap(text.to_owned()));
        }
        let (text, optional) = match text.strip_suffix('?') {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        let branches = match text.strip_prefix('(') {
            Some(group) => {
                let group = group.strip_suffix(')').ok_or(PhraseError::OpenGroup)?;
                group.split('|').map(parse_branch).collect::<Result<_, _>>()?
            }
            None => vec![parse_word(text)?],
        };
        Ok(Self::OneOf { branches, optional })
    }
}

fn parse_gap(digits: &str) -> Option<usize> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
    let words = plain.then(|| digits.parse().ok())??;
    (1..=LONGEST_GAP_WORDS).contains(&words).then_some(words)
}

fn parse_branch(text: &str) -> Result<Vec<String>, PhraseError> {
    let words = text.split(' ').map(parse_word).collect::<Result<Vec<_>, _>>()?;
    Ok(words.concat())
}

/// One written word can be several normalised ones: `don't` is `do not`.
fn parse_word(text: &str) -> Result<Vec<String>, PhraseError> {
    let made_of_letters = text.chars().all(|letter| letter.is_alphanumeric() || letter == '\'');
    let words = normalised(text);
    if !made_of_letters || words.is_empty() {
        return Err(PhraseError::NoWord(text.to_owned()));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_phrase_is_refused_with_its_reason() {
        for (text, sentence) in [
            ("", "a phrase needs at least one item, and single spaces between its items"),
            ("two  spaces", "a phrase needs at least one item, and single spaces between its items"),
            (" leading", "a phrase needs at least one item, and single spaces between its items"),
            ("free!", "\"free!\" is no word: words are made of letters, digits and apostrophes"),
            ("'", "\"'\" is no word: words are made of letters, digits and apostrophes"),
            ("fr?ee", "\"fr?ee\" is no word: words are made of letters, digits and apostrophes"),
            ("free??", "\"free?\" is no word: words are made of letters, digits and apostrophes"),
            ("(a||b)", "\"\" is no word: words are made of letters, digits and apostrophes"),
            ("()", "\"\" is no word: words are made of letters, digits and apostrophes"),
            ("(a|#)", "\"#\" is no word: words are made of letters, digits and apostrophes"),
            ("#?", "\"#\" is no word: words are made of letters, digits and apostrophes"),
            ("(a|b", "a group needs both its brackets"),
            ("a|b)", "a group needs both its brackets"),
            ("((a)|b)", "a group needs both its brackets"),
            ("(a|b)c", "a group needs both its brackets"),
            ("a *0 b", "\"*0\" is no gap: write *1 to *20"),
            ("a *21 b", "\"*21\" is no gap: write *1 to *20"),
            ("a * b", "\"*\" is no gap: write *1 to *20"),
            ("a *+3 b", "\"*+3\" is no gap: write *1 to *20"),
            ("*3 free", "a phrase must not begin or end with a gap"),
            ("free *3", "a phrase must not begin or end with a gap"),
            ("#", "a phrase needs at least one word or group that is not optional"),
            ("free? (a|b)?", "a phrase needs at least one word or group that is not optional"),
        ] {
            assert_eq!(
                Phrase::parse(text).map_err(|error| error.to_string()),
                Err(sentence.to_owned()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_database_and_the_judge_agree_on_what_a_phrase_is() {
        #[derive(serde::Deserialize)]
        struct Bad {
            phrase: String,
            why: String,
        }
        #[derive(serde::Deserialize)]
        struct Shared {
            good: Vec<String>,
            bad: Vec<Bad>,
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../supabase/tests/phrases.json");
        let shared: Shared = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert!(!shared.good.is_empty() && !shared.bad.is_empty());
        for phrase in &shared.good {
            assert_eq!(Phrase::parse(phrase).err(), None, "{phrase:?} is listed as good");
        }
        for Bad { phrase, why } in &shared.bad {
            assert!(Phrase::parse(phrase).is_err(), "{phrase:?} is listed as bad: {why}");
        }
    }
}
