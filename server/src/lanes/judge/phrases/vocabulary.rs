//! The distinct words of a call, each under a number: a phrase is looked up once, and then compared with
//! what was said by number.

use std::collections::HashMap;

use super::tokens::{is_number, normalised};

/// From this length on a word may be one letter off; shorter words differ too little from each other.
const TOLERANT_FROM_LETTERS: usize = 7;

/// Joins the parts of a number: one hundred and five.
const AND: &str = "and";

/// Number of a word in the vocabulary of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WordId(usize);

impl WordId {
    pub const fn index(self) -> usize {
        self.0
    }
}

/// The normalised words of a call, in the order of their first appearance.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: Vec<KnownWord>,
    ids: HashMap<String, WordId>,
    /// Words that a phrase's may differ from by a letter, by what they begin with.
    tolerant: HashMap<char, Vec<(Vec<char>, WordId)>>,
    and: Option<WordId>,
}

#[derive(Debug)]
struct KnownWord {
    text: String,
    is_number: bool,
}

impl Vocabulary {
    /// Takes in a written word; answers with the normalised ones that it is made of.
    pub fn take_in(&mut self, written: &str) -> Vec<WordId> {
        normalised(written).into_iter().map(|text| self.add(text)).collect()
    }

    fn add(&mut self, text: String) -> WordId {
        if let Some(id) = self.ids.get(&text) {
            return *id;
        }
        let id = WordId(self.words.len());
        let is_number = is_number(&text);
        if !is_number && let Some((first, letters)) = tolerant(&text) {
            self.tolerant.entry(first).or_default().push((letters, id));
        }
        if text == AND {
            self.and = Some(id);
        }
        self.ids.insert(text.clone(), id);
        self.words.push(KnownWord { text, is_number });
        id
    }

    pub fn text(&self, id: WordId) -> &str {
        &self.words[id.index()].text
    }

    pub fn is_number(&self, id: WordId) -> bool {
        self.words[id.index()].is_number
    }

    pub fn is_and(&self, id: WordId) -> bool {
        self.and == Some(id)
    }

    /// How many words there are.
    pub fn size(&self) -> usize {
        self.words.len()
    }

    /// The numbers of all words that are numbers or parts of one.
    pub fn numbers(&self) -> impl Iterator<Item = WordId> {
        (0..).map(WordId).zip(&self.words).filter(|(_, word)| word.is_number).map(|(id, _)| id)
    }

    /// What a recogniser may have written for `word`: the same, or, where both are long and begin alike, at
    /// most one letter changed, added or dropped.
    pub fn sounding_like(&self, word: &str) -> Vec<WordId> {
        let same = self.ids.get(word).copied();
        let others = match tolerant(word) {
            Some((first, letters)) if !is_number(word) => {
                let candidates = self.tolerant.get(&first).into_iter().flatten();
                candidates.filter(|(other, _)| within_one_edit(&letters, other)).map(|(_, id)| *id).collect()
            }
            _ => Vec::new(),
        };
        same.into_iter().chain(others.into_iter().filter(|id| Some(*id) != same)).collect()
    }
}

/// First letter and all letters of a word that is long enough to be one letter off.
fn tolerant(word: &str) -> Option<(char, Vec<char>)> {
    if word.len() < TOLERANT_FROM_LETTERS {
        return None;
    }
    let letters: Vec<char> = word.chars().collect();
    letters.first().copied().map(|first| (first, letters))
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

    use super::super::plain::edit_distance;
    use super::*;

    #[test]
    fn a_word_has_one_number_however_it_is_written() {
        let mut vocabulary = Vocabulary::default();
        let [dont, do_, not, fifty] = ["Don't", "do", "NOT!", "fifty"].map(|word| vocabulary.take_in(word));
        assert_eq!(dont, [do_[0], not[0]]);
        assert_eq!((vocabulary.size(), vocabulary.text(not[0])), (3, "not"));
        assert_eq!(vocabulary.numbers().collect::<Vec<_>>(), fifty);
    }

    proptest! {
        #[test]
        fn one_edit_is_edit_distance_one(one in "[ab]{0,6}", other in "[ab]{0,6}") {
            let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            prop_assert_eq!(within_one_edit(&one, &other), edit_distance(&one, &other) <= 1);
        }
    }
}
