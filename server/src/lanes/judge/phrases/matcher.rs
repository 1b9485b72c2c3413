//! Finds the hits of a phrase in a stretch of speech.

use std::ops::Range;

use super::tokens::Token;
use super::vocabulary::{Vocabulary, WordId};
use super::{Item, Phrase};

/// A phrase put into the words of one call.
pub struct Sought<'v> {
    vocabulary: &'v Vocabulary,
    steps: Vec<Step>,
    /// By word number: whether a hit can begin with that word.
    beginnings: Vec<bool>,
    /// Kept from one place to the next, so that none has to be made anew.
    reached: Vec<usize>,
    next: Vec<usize>,
}

/// An item in the words of a call.
enum Step {
    OneOf { branches: Vec<Branch>, optional: bool },
    Gap(usize),
    Number,
}

/// For each word of the branch all those that stand for it.
type Branch = Vec<Vec<WordId>>;

impl Phrase {
    /// Puts the phrase into the words of a call; nothing where it cannot be said in them.
    pub fn among<'v>(&self, vocabulary: &'v Vocabulary) -> Option<Sought<'v>> {
        let steps = self.items.iter().map(|item| item.among(vocabulary)).collect::<Option<Vec<_>>>()?;
        let beginnings = beginnings(&steps, vocabulary);
        Some(Sought { vocabulary, steps, beginnings, reached: Vec::new(), next: Vec::new() })
    }
}

impl Item {
    fn among(&self, vocabulary: &Vocabulary) -> Option<Step> {
        match self {
            Self::OneOf { branches, optional } => {
                let put = |branch: &Vec<String>| -> Option<Branch> {
                    let words = branch.iter().map(|word| vocabulary.sounding_like(word));
                    words.map(|ids| (!ids.is_empty()).then_some(ids)).collect()
                };
                let branches: Vec<Branch> = branches.iter().filter_map(put).collect();
                (*optional || !branches.is_empty()).then_some(Step::OneOf { branches, optional: *optional })
            }
            Self::Gap(words) => Some(Step::Gap(*words)),
            Self::Number => vocabulary.numbers().next().map(|_| Step::Number),
        }
    }
}

fn beginnings(steps: &[Step], vocabulary: &Vocabulary) -> Vec<bool> {
    let mut beginnings = vec![false; vocabulary.size()];
    for step in steps {
        match step {
            Step::OneOf { branches, optional } => {
                for id in branches.iter().flat_map(|branch| &branch[0]) {
                    beginnings[id.index()] = true;
                }
                if *optional {
                    continue;
                }
            }
            Step::Number => vocabulary.numbers().for_each(|id| beginnings[id.index()] = true),
            // Behind something optional.
            Step::Gap(_) => beginnings.fill(true),
        }
        break;
    }
    beginnings
}

impl Sought<'_> {
    /// Every hit, as a range of positions in `tokens`: the shortest one at each beginning, none
    /// overlapping the one before it.
    pub fn hits(&mut self, tokens: &[Token]) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        let mut from = 0;
        let can_begin = |beginnings: &[bool], token: &Token| beginnings[token.id.index()];
        while let Some(skipped) = tokens[from..].iter().position(|token| can_begin(&self.beginnings, token)) {
            from += skipped;
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
    fn end_of_match(&mut self, tokens: &[Token], from: usize) -> Option<usize> {
        // All positions that the steps so far can have led to, in order.
        self.reached.clear();
        self.reached.push(from);
        for step in &self.steps {
            self.next.clear();
            for &at in &self.reached {
                step.reach(self.vocabulary, tokens, at, &mut self.next);
            }
            if self.next.is_empty() {
                return None;
            }
            self.next.sort_unstable();
            self.next.dedup();
            std::mem::swap(&mut self.reached, &mut self.next);
        }
        self.reached.first().copied()
    }
}

impl Step {
    /// Adds every position that the step can lead to from `at`.
    fn reach(&self, vocabulary: &Vocabulary, tokens: &[Token], at: usize, reached: &mut Vec<usize>) {
        match self {
            Self::OneOf { branches, optional } => {
                if *optional {
                    reached.push(at);
                }
                for branch in branches {
                    let spoken = tokens[at..].iter().take(branch.len());
                    let is_said = spoken.len() == branch.len()
                        && branch.iter().zip(spoken).all(|(ids, token)| ids.contains(&token.id));
                    if is_said {
                        reached.push(at + branch.len());
                    }
                }
            }
            Self::Gap(words) => reached.extend(at..=tokens.len().min(at + words)),
            Self::Number => {
                let is_number =
                    |at: usize| tokens.get(at).is_some_and(|token| vocabulary.is_number(token.id));
                let mut end = at;
                while is_number(end) {
                    end += 1;
                    reached.push(end);
                    let joined = tokens.get(end).is_some_and(|token| vocabulary.is_and(token.id));
                    if joined && is_number(end + 1) {
                        end += 1;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plain;
    use super::*;

    struct Said {
        vocabulary: Vocabulary,
        tokens: Vec<Token>,
    }

    impl Said {
        fn new(text: &str) -> Self {
            let mut vocabulary = Vocabulary::default();
            let mut tokens = Vec::new();
            for (word, written) in text.split_whitespace().enumerate() {
                tokens.extend(vocabulary.take_in(written).into_iter().map(|id| Token { id, word }));
            }
            Self { vocabulary, tokens }
        }

        fn hits(&self, phrase: &Phrase) -> Vec<Range<usize>> {
            phrase.among(&self.vocabulary).map_or_else(Vec::new, |mut sought| sought.hits(&self.tokens))
        }

        fn words(&self) -> Vec<&str> {
            self.tokens.iter().map(|token| self.vocabulary.text(token.id)).collect()
        }
    }

    /// The hits as the words they cover.
    fn hits(phrase: &str, text: &str) -> Vec<String> {
        let said = Said::new(text);
        let found = said.hits(&Phrase::parse(phrase).unwrap());
        found.into_iter().map(|hit| said.words()[hit].join(" ")).collect()
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

    fn spoken_words() -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(
            prop::sample::select(vec!["we", "can", "save", "fifty", "dollars", "today"]),
            0..30,
        )
    }

    /// Words that are easily taken for each other, numbers and what joins them.
    fn similar_words() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "we",
            "don't",
            "not",
            "guarantee",
            "guarantees",
            "guarante",
            "warantee",
            "seventy",
            "seventh",
            "seventys",
            "fifty",
            "50",
            "and",
            "today",
            "Today!",
        ])
    }

    /// Phrases, and here and there something that is none.
    fn phrases() -> impl Strategy<Value = String> {
        let word = || similar_words().prop_map(|word| word.trim_end_matches('!').to_owned());
        let branch = prop::collection::vec(word(), 1..3).prop_map(|words| words.join(" "));
        let group = prop::collection::vec(branch, 1..4)
            .prop_map(|branches| format!("({})", branches.join("|")))
            .boxed();
        let item = prop_oneof![
            4 => word(),
            2 => word().prop_map(|word| word + "?"),
            2 => group.clone(),
            1 => group.prop_map(|group| group + "?"),
            2 => (1..4).prop_map(|gap| format!("*{gap}")),
            2 => Just("#".to_owned()),
        ];
        prop::collection::vec(item, 1..6).prop_map(|items| items.join(" "))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn hits_are_those_of_the_plain_matcher(
            phrase in phrases(), words in prop::collection::vec(similar_words(), 0..40),
        ) {
            if let Ok(phrase) = Phrase::parse(&phrase) {
                let said = Said::new(&words.join(" "));
                prop_assert_eq!(said.hits(&phrase), plain::hits(&phrase, &said.words()));
            }
        }
    }

    proptest! {
        #[test]
        fn a_run_of_words_is_found_where_it_is(words in spoken_words(), from in 0_usize..30, length in 1_usize..5) {
            prop_assume!(from + length <= words.len());
            let phrase = words[from..from + length].join(" ");
            let found = Said::new(&words.join(" ")).hits(&Phrase::parse(&phrase).unwrap());
            prop_assert!(found.iter().any(|hit| hit.start < from + length && from < hit.end));
            for hit in found {
                prop_assert_eq!(words[hit].join(" "), phrase.clone());
            }
        }

        #[test]
        fn hits_of_gaps_keep_their_ends_and_their_width(words in spoken_words(), gap in 1_usize..=20) {
            let phrase = Phrase::parse(&format!("save *{gap} today")).unwrap();
            let mut last_end = 0;
            for hit in Said::new(&words.join(" ")).hits(&phrase) {
                prop_assert_eq!((words[hit.start], words[hit.end - 1]), ("save", "today"));
                prop_assert!(hit.len() <= gap + 2);
                prop_assert!(hit.start >= last_end);
                last_end = hit.end;
            }
        }

        #[test]
        fn nothing_written_makes_parser_or_matcher_panic(text in "[ a-b'?*#()|0-9]{0,24}", words in spoken_words()) {
            if let Ok(phrase) = Phrase::parse(&text) {
                let said = Said::new(&words.join(" "));
                for hit in said.hits(&phrase) {
                    prop_assert!(hit.start < hit.end && hit.end <= said.tokens.len());
                }
            }
        }
    }
}
