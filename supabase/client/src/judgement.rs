//! Verdicts: what the judge lane stores.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::flag::Flag;

/// One verdict on one call: the argument of `api.complete_judgement`, a row of `core.judgements`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// The ruleset and the prompt version under which the verdict was given.
    pub ruleset_id: String,
    pub prompt_version: String,
    /// Model id, or `phrases` where no model was asked.
    pub judge_model: String,
    pub flags: Vec<Flag>,
    pub rule_results: Vec<RuleResult>,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_usd: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Flagged,
    Safe,
    Undecided,
}

/// How one rule ended for one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleResult {
    pub rule_key: String,
    pub rule_title: String,
    pub outcome: RuleOutcome,
    /// Why the rule could not be decided; absent otherwise.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    Violation,
    Pass,
    NotApplicable,
    Undecided,
}
