//! Reads what the model answered. Each rule and each finding is read by itself, so that one bad entry
//! takes nothing from the good ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use supabase_client::judgement::RuleOutcome;

/// So much is read of an answer; no honest one has more.
const MOST_RULES: usize = 100;
const MOST_FINDINGS: usize = 50;
const MOST_REPETITIONS: usize = 3;

/// A place that the model names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Finding {
    pub line: i64,
    pub speaker: String,
    pub quote: String,
}

/// One word of the model on a rule in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub outcome: RuleOutcome,
    pub findings: Vec<Finding>,
}

/// All that the model says of one rule in one window; several words where it repeats itself.
pub type RuleAnswer = Vec<Said>;

/// An answer as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// By rule key, whether it was asked for or not.
    pub rules: BTreeMap<String, RuleAnswer>,
    /// Keys of the rules about which it says more than can be read.
    pub garbled: BTreeSet<String>,
    /// What is wrong with it; the model is told when it is asked again.
    pub problems: BTreeSet<Problem>,
}

/// What can be wrong with an answer. Nothing of the answer's own text is in it: the model is told of it
/// where it is told what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Problem {
    #[error("It was much too long.")]
    TooLong,
    #[error("It was no chat completion.")]
    NoCompletion,
    #[error("It was empty.")]
    Empty,
    #[error("It refused to answer.")]
    Refusal,
    #[error("It was cut off because it was too long.")]
    CutOff,
    #[error("It was withheld by a filter.")]
    Filtered,
    #[error("It is no JSON.")]
    NoJson,
    #[error("It has no list named rules.")]
    NoRules,
    #[error("A rule has no key or none of the four outcomes.")]
    BadRule,
    #[error("A finding lacks line, speaker or quote.")]
    BadFinding,
    #[error("It says too much of a rule.")]
    TooMuch,
    #[error("A rule is missing.")]
    MissingRule,
}

#[derive(Deserialize)]
struct WrittenAnswer {
    rules: Vec<Value>,
}

#[derive(Deserialize)]
struct WrittenRule {
    rule: String,
    outcome: RuleOutcome,
    #[serde(default)]
    findings: Vec<Value>,
}

/// Reads an answer about the rules with these keys.
pub fn read(content: &str, keys: &[&str]) -> Answer {
    let mut answer = Answer::default();
    match serde_json::from_str::<WrittenAnswer>(content.trim()) {
        Ok(written) => written.rules.into_iter().for_each(|rule| answer.add(rule)),
        Err(error) if error.is_data() => answer.note(Problem::NoRules),
        Err(_) => answer.note(Problem::NoJson),
    }
    if answer.problems.is_empty() && keys.iter().any(|key| !answer.rules.contains_key(*key)) {
        answer.note(Problem::MissingRule);
    }
    answer
}

impl Answer {
    pub fn unusable(problem: Problem) -> Self {
        Self { problems: BTreeSet::from([problem]), ..Self::default() }
    }

    fn note(&mut self, problem: Problem) {
        self.problems.insert(problem);
    }

    fn add(&mut self, written: Value) {
        let key = written.get("rule").and_then(Value::as_str).map(str::to_owned);
        let Ok(WrittenRule { rule, outcome, findings }) = serde_json::from_value(written) else {
            self.note(Problem::BadRule);
            self.garbled.extend(key);
            return;
        };
        if !self.rules.contains_key(&rule) && self.rules.len() == MOST_RULES {
            return self.note(Problem::TooMuch);
        }
        let said = self.rules.entry(rule.clone()).or_default();
        let is_flood = said.len() == MOST_REPETITIONS || findings.len() > MOST_FINDINGS;
        let read: Vec<Finding> = findings
            .iter()
            .take(MOST_FINDINGS)
            .filter_map(|finding| serde_json::from_value(finding.clone()).ok())
            .collect();
        let is_whole = read.len() == findings.len().min(MOST_FINDINGS);
        if said.len() < MOST_REPETITIONS {
            said.push(Said { outcome, findings: read });
        }
        if is_flood {
            self.note(Problem::TooMuch);
        }
        if !is_whole {
            self.note(Problem::BadFinding);
        }
        if is_flood || !is_whole {
            self.garbled.insert(rule);
        }
    }

    /// Completes this answer by the one to the same question asked again.
    pub fn complete_by(mut self, again: Self) -> Self {
        for (rule, said) in again.rules {
            self.rules.entry(rule).or_default().extend(said);
        }
        self.garbled = again.garbled;
        self.problems = again.problems;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: i64, quote: &str) -> Finding {
        Finding { line, speaker: "agent".to_owned(), quote: quote.to_owned() }
    }

    fn problems(answer: &Answer) -> Vec<Problem> {
        answer.problems.iter().copied().collect()
    }

    #[test]
    fn good_entries_stand_beside_bad_ones() {
        let content = r#"{"rules": [
            {"rule": "a", "outcome": "violation", "findings": [{"line": 1, "speaker": "agent", "quote": "x"}, {"line": "2"}, 7]},
            {"rule": "b", "outcome": "perhaps"}, null, {"rule": "c", "outcome": "pass"}]}"#;
        let answer = read(content, &["a", "b", "c"]);
        assert_eq!(answer.rules["a"][0].findings, [finding(1, "x")]);
        assert_eq!(answer.rules["c"], [Said { outcome: RuleOutcome::Pass, findings: Vec::new() }]);
        assert_eq!(answer.rules.len(), 2);
        assert_eq!(problems(&answer), [Problem::BadRule, Problem::BadFinding]);
        assert_eq!(answer.garbled.iter().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (content, problem) in [
            ("", Problem::NoJson),
            ("Sure! {\"rules\": []}", Problem::NoJson),
            ("```json\n{\"rules\": []}\n```", Problem::NoJson),
            ("[]", Problem::NoRules),
            ("{\"rules\": {}}", Problem::NoRules),
            ("{\"rules\": []}", Problem::MissingRule),
        ] {
            assert_eq!(problems(&read(content, &["a", "b"])), [problem], "{content:?}");
        }
    }

    #[test]
    fn every_word_on_a_rule_is_kept() {
        let twice = r#"{"rules": [
            {"rule": "a", "outcome": "pass", "findings": []},
            {"rule": "a", "outcome": "violation", "findings": [{"line": 1, "speaker": "agent", "quote": "x"}]}]}"#;
        let answer = read(twice, &["a"]).complete_by(read(twice, &["a"]));
        let outcomes: Vec<_> = answer.rules["a"].iter().map(|said| said.outcome).collect();
        assert_eq!(outcomes, [RuleOutcome::Pass, RuleOutcome::Violation].repeat(2));
    }

    #[test]
    fn a_flood_is_cut() {
        let finding = serde_json::json!({ "line": 1, "speaker": "agent", "quote": "x" });
        let entry =
            serde_json::json!({ "rule": "a", "outcome": "violation", "findings": vec![finding; 500] });
        let flood = serde_json::json!({ "rules": vec![entry; 500] });
        let answer = read(&flood.to_string(), &["a"]);
        assert_eq!((answer.rules["a"].len(), problems(&answer)), (MOST_REPETITIONS, vec![Problem::TooMuch]));
        assert_eq!((answer.rules["a"][0].findings.len(), answer.garbled.len()), (MOST_FINDINGS, 1));
    }
}
