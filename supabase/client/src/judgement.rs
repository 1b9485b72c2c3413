//! Verdicts: what the judge lane stores.

use chrono::{DateTime, Utc};
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
    /// Model id that was asked for, or `phrases` where no model was asked.
    pub judge_model: String,
    /// What the endpoint said which model answered; several are joined by commas. Absent where none was
    /// asked.
    #[serde(default)]
    pub returned_model: Option<String>,
    /// Base URL of the endpoint; absent where no model was asked.
    #[serde(default)]
    pub endpoint: Option<String>,
    pub flags: Vec<Flag>,
    pub rule_results: Vec<RuleResult>,
    /// What the model said and the transcript does not bear out: kept for admins, never shown as flags.
    #[serde(default)]
    pub refused_findings: Vec<RefusedFinding>,
    /// Requests to the endpoint, those asked again included.
    #[serde(default)]
    pub requests: i64,
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
    /// What kept the rule, or a part of the call, from being asked; it is asked again when that is over.
    /// A violation that was proven all the same stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unasked: Option<Unasked>,
}

/// What keeps a rule from being asked of the language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unasked {
    /// None is configured.
    NoEndpoint,
    /// It is down, or too slow.
    EndpointAway,
    /// The day's limit of tokens or money is reached.
    BudgetSpent,
    /// It answered what cannot be used, twice.
    BadAnswers,
}

/// One finding of a language model that was refused: a row of `core.refused_findings`. The texts are the
/// model's, cut to a readable length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFinding {
    /// As the model named it; it need not exist.
    pub rule_key: String,
    /// Line number that the model gave.
    pub line: Option<i64>,
    /// Who speaks, by the model.
    pub speaker: Option<String>,
    pub quote: String,
    pub reason: RefusalReason,
}

/// Why a finding was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// The request had no such rule.
    UnknownRule,
    /// The transcript does not have these words where they are said to be.
    QuoteNotFound,
    /// The words are there, but the rule is about somebody else's.
    WrongSpeaker,
    /// The words are there, but later than the rule looks.
    TooLate,
}

/// A verdict as the call page lists it, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenJudgement {
    pub judgement_id: i64,
    #[serde(deserialize_with = "crate::moment::read")]
    pub judged_at: DateTime<Utc>,
    pub verdict: Verdict,
    /// Ruleset and prompt version.
    pub qa_version: String,
    pub judge_model: String,
    pub returned_model: Option<String>,
    pub endpoint: Option<String>,
    pub flags: Vec<Flag>,
    pub rule_results: Vec<RuleResult>,
    /// How many findings were refused; zero for everybody but admins.
    pub refused_findings: i64,
    pub requests: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_usd: Decimal,
    /// Whether it is the one that the call shows.
    pub shown: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOutcome {
    Violation,
    Pass,
    NotApplicable,
    Undecided,
}
