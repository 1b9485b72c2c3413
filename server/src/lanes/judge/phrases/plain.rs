//! The matcher as one would first write it, word by word at every place: what the other is held against.

use std::ops::Range;

use super::tokens::is_number;
use super::{Item, Phrase};

pub fn hits(phrase: &Phrase, spoken: &[&str]) -> Vec<Range<usize>> {
    let mut hits = Vec::new();
    let mut from = 0;
    while from < spoken.len() {
        let ends = phrase.items.iter().fold(vec![from], |reached, item| {
            reached.into_iter().flat_map(|at| item.leads_to(spoken, at)).collect()
        });
        let end = ends.into_iter().min();
        hits.extend(end.map(|end| from..end));
        from = end.unwrap_or(from + 1);
    }
    hits
}

impl Item {
    fn leads_to(&self, spoken: &[&str], at: usize) -> Vec<usize> {
        match self {
            Self::OneOf { branches, optional } => {
                let is_said = |branch: &&Vec<String>| {
                    let words = branch.iter().enumerate();
                    words.clone().all(|(place, word)| {
                        spoken.get(at + place).is_some_and(|spoken| sounds_like(word, spoken))
                    })
                };
                let ends = branches.iter().filter(is_said).map(|branch| at + branch.len());
                ends.chain(optional.then_some(at)).collect()
            }
            Self::Gap(words) => (at..=at + words).filter(|end| *end <= spoken.len()).collect(),
            Self::Number => {
                let is_number = |at: usize| spoken.get(at).is_some_and(|word| is_number(word));
                let is_joint = |at: usize| spoken[at] == "and" && is_number(at - 1) && is_number(at + 1);
                let parts =
                    (at..spoken.len()).take_while(|&part| is_number(part) || part > at && is_joint(part));
                parts.filter(|part| is_number(*part)).map(|part| part + 1).collect()
            }
        }
    }
}

fn sounds_like(word: &str, spoken: &str) -> bool {
    let is_long = |word: &str| word.len() >= 7 && !is_number(word);
    let may_differ = is_long(word) && is_long(spoken) && word.chars().next() == spoken.chars().next();
    let letters = |word: &str| word.chars().collect::<Vec<_>>();
    word == spoken || may_differ && edit_distance(&letters(word), &letters(spoken)) <= 1
}

/// How many letters have to be changed, added or dropped to make one of the other.
pub fn edit_distance(one: &[char], other: &[char]) -> usize {
    match (one, other) {
        ([], rest) | (rest, []) => rest.len(),
        ([first, one @ ..], [other_first, other @ ..]) if first == other_first => edit_distance(one, other),
        ([_, one_rest @ ..], [_, other_rest @ ..]) => {
            let changed = edit_distance(one_rest, other_rest);
            1 + changed.min(edit_distance(one, other_rest)).min(edit_distance(one_rest, other))
        }
    }
}
