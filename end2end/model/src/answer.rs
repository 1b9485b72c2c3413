//! What the model says about the rules, before it is written down.

use serde::Serialize;
use serde_json::{Value, json};

/// The content of the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub rules: Vec<RuleAnswer>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleAnswer {
    pub rule: String,
    pub outcome: String,
    pub findings: Vec<Value>,
}

/// Where in the transcript something was said.
pub fn finding(line: u64, speaker: &str, quote: &str) -> Value {
    json!({"line": line, "speaker": speaker, "quote": quote})
}

impl Answer {
    pub fn text(&self) -> String {
        json!(self).to_string()
    }

    pub fn each_finding(&mut self, mut change: impl FnMut(&mut Value)) {
        for rule in &mut self.rules {
            rule.findings.iter_mut().for_each(&mut change);
        }
    }
}
