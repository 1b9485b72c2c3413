//! The honest answer.

use crate::answer::{Answer, RuleAnswer, finding};
use crate::behaviour::Reading;
use crate::question::{AskedRule, Line, Question};

/// Looks for the phrases of every rule.
pub fn read(question: &Question, readings: &[Reading]) -> Answer {
    Answer { rules: question.rules.iter().map(|rule| read_rule(rule, &question.lines, readings)).collect() }
}

fn read_rule(rule: &AskedRule, lines: &[Line], readings: &[Reading]) -> RuleAnswer {
    let of_rule: Vec<_> = readings.iter().filter(|reading| reading.rule == rule.key).collect();
    let hits = lines.iter().filter(|line| of_rule.iter().any(|reading| reading.is_in(line)));
    let findings: Vec<_> = hits.map(|line| finding(line.number, &line.speaker, &line.text)).collect();
    let is_pass = findings.is_empty() != rule.must_happen();
    let outcome = if is_pass { "pass" } else { "violation" };
    RuleAnswer { rule: rule.key.clone(), outcome: outcome.to_owned(), findings }
}

impl Reading {
    fn is_in(&self, line: &Line) -> bool {
        self.speaker.as_ref().is_none_or(|speaker| *speaker == line.speaker)
            && line.text.to_lowercase().contains(&self.phrase.to_lowercase())
    }
}
