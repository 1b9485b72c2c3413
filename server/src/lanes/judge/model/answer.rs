//! Reads what the model answered. Each rule and each finding is read by itself, so that one bad entry
//! takes nothing from the good ones.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use supabase_client::judgement::RuleOutcome;

/// More findings for one rule are not read.
const MOST_FINDINGS: usize = 50;

/// A place that the model names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Finding {
    pub line: i64,
    pub speaker: String,
    pub quote: String,
}

/// What the model says of one rule in one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAnswer {
    pub outcome: RuleOutcome,
    pub findings: Vec<Finding>,
}

/// An answer as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// By rule key, whether it was asked for or not.
    pub rules: BTreeMap<String, RuleAnswer>,
    /// What is wrong with it, a sentence each; the model is told when it is asked again.
    pub problems: Vec<String>,
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
        Err(error) if error.is_data() => answer.problems.push("It has no list named rules.".to_owned()),
        Err(_) => answer.problems.push("It is no JSON.".to_owned()),
    }
    let missing: Vec<&str> = keys.iter().copied().filter(|key| !answer.rules.contains_key(*key)).collect();
    if !missing.is_empty() && answer.problems.is_empty() {
        answer.problems.push(format!("These rules are missing: {}.", missing.join(", ")));
    }
    answer
}

impl Answer {
    fn add(&mut self, written: Value) {
        let Ok(WrittenRule { rule, outcome, findings }) = serde_json::from_value(written) else {
            self.problems.push("A rule has no key or none of the four outcomes.".to_owned());
            return;
        };
        let written = findings.len();
        let findings: Vec<Finding> = findings
            .into_iter()
            .take(MOST_FINDINGS)
            .filter_map(|finding| serde_json::from_value(finding).ok())
            .collect();
        if findings.len() < written.min(MOST_FINDINGS) {
            self.problems.push(format!("A finding of {rule} lacks line, speaker or quote."));
        }
        self.merge(rule, RuleAnswer { outcome, findings });
    }

    /// Adds a second word on the same rule: the graver one holds, and all findings are kept.
    fn merge(&mut self, rule: String, answer: RuleAnswer) {
        match self.rules.get_mut(&rule) {
            Some(earlier) => {
                if earlier.outcome != answer.outcome {
                    let is_violation = [earlier.outcome, answer.outcome].contains(&RuleOutcome::Violation);
                    earlier.outcome =
                        if is_violation { RuleOutcome::Violation } else { RuleOutcome::Undecided };
                }
                for finding in answer.findings {
                    if !earlier.findings.contains(&finding) {
                        earlier.findings.push(finding);
                    }
                }
            }
            None => {
                self.rules.insert(rule, answer);
            }
        }
    }

    /// Completes this answer by the one to the same question asked again.
    pub fn complete_by(mut self, again: Self) -> Self {
        for (rule, answer) in again.rules {
            self.merge(rule, answer);
        }
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

    #[test]
    fn good_entries_stand_beside_bad_ones() {
        let content = r#"{"rules": [
            {"rule": "a", "outcome": "violation", "findings": [{"line": 1, "speaker": "agent", "quote": "x"}, {"line": "2"}, 7]},
            {"rule": "b", "outcome": "perhaps"}, null, {"rule": "c", "outcome": "pass"}]}"#;
        let answer = read(content, &["a", "b", "c"]);
        assert_eq!(answer.rules["a"].findings, [finding(1, "x")]);
        assert_eq!(answer.rules["c"], RuleAnswer { outcome: RuleOutcome::Pass, findings: Vec::new() });
        assert_eq!(answer.rules.len(), 2);
        assert_eq!(answer.problems[0], "A finding of a lacks line, speaker or quote.");
        assert_eq!(answer.problems.len(), 3);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (content, problem) in [
            ("", "It is no JSON."),
            ("Sure! {\"rules\": []}", "It is no JSON."),
            ("```json\n{\"rules\": []}\n```", "It is no JSON."),
            ("[]", "It has no list named rules."),
            ("{\"rules\": {}}", "It has no list named rules."),
            ("{\"rules\": []}", "These rules are missing: a, b."),
        ] {
            assert_eq!(read(content, &["a", "b"]).problems, [problem], "{content:?}");
        }
    }

    #[test]
    fn words_on_the_same_rule_are_joined() {
        let twice = r#"{"rules": [
            {"rule": "a", "outcome": "pass", "findings": []},
            {"rule": "a", "outcome": "violation", "findings": [{"line": 1, "speaker": "agent", "quote": "x"}]},
            {"rule": "b", "outcome": "pass"}, {"rule": "b", "outcome": "not_applicable"}]}"#;
        let answer = read(twice, &["a", "b"]);
        assert_eq!(answer.rules["a"].outcome, RuleOutcome::Violation);
        assert_eq!(answer.rules["b"].outcome, RuleOutcome::Undecided);
        let again = read(
            r#"{"rules": [{"rule": "a", "outcome": "violation", "findings": [{"line": 1, "speaker": "agent", "quote": "x"}]}]}"#,
            &["a"],
        );
        assert_eq!(answer.complete_by(again).rules["a"].findings, [finding(1, "x")]);
    }

    #[test]
    fn a_flood_of_findings_is_cut() {
        let finding = serde_json::json!({ "line": 1, "speaker": "agent", "quote": "x" });
        let flood = serde_json::json!({ "rules": [{ "rule": "a", "outcome": "violation", "findings": vec![finding; 5_000] }] });
        let answer = read(&flood.to_string(), &["a"]);
        assert_eq!((answer.rules["a"].findings.len(), answer.problems.len()), (MOST_FINDINGS, 0));
    }
}
