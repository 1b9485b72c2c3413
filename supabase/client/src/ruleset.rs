//! Rules as the judge receives them: an immutable snapshot per vertical.

use serde::{Deserialize, Serialize};

use crate::flag::{Flag, Severity};
use crate::judgement::RuleResult;
use crate::transcript::{Speaker, Transcript};

/// A row of `core.rulesets`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ruleset {
    /// Made from the content; the same rules have the same id.
    pub ruleset_id: String,
    /// `common` for calls whose campaign is not mapped.
    pub vertical: String,
    pub rules: Vec<Rule>,
}

/// One enabled rule of `core.rules`, as it was when the snapshot was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub key: String,
    pub title: String,
    pub severity: Severity,
    /// What the rule means, in words; a language model is asked with it.
    pub instruction: String,
    pub kind: RuleKind,
    pub form: RuleForm,
    /// Whose words count; absent means anybody's.
    pub speaker: Option<Speaker>,
    /// Word patterns; any one of them is a hit. See the comment on `core.rules.phrases`.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// The rule only looks at what follows one of these patterns, spoken by the other side.
    #[serde(default)]
    pub after_phrases: Vec<String>,
    /// The rule only looks at the first seconds of the call.
    pub within_first_seconds: Option<u32>,
    /// Sentences that break the rule, for a language model.
    #[serde(default)]
    pub examples_violating: Vec<String>,
    /// Sentences that come close and do not.
    #[serde(default)]
    pub examples_passing: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Word patterns, matched without a model.
    Phrases,
    /// Asked of a language model.
    Judged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleForm {
    MustNotHappen,
    MustHappen,
}

/// What the judge needs for one call: what `api.judge_material` returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeMaterial {
    pub transcript: Transcript,
    pub ruleset: Ruleset,
    /// The shown verdict, where rules of it wait to be asked; absent when everything is to be judged anew.
    #[serde(default)]
    pub unfinished: Option<EarlierJudgement>,
    /// The verdict that the call shows meanwhile, if it has one.
    #[serde(default)]
    pub shown: Option<EarlierJudgement>,
}

/// What an earlier judging of the same transcript already found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlierJudgement {
    pub ruleset_id: String,
    pub prompt_version: String,
    pub judge_model: String,
    pub returned_model: Option<String>,
    #[serde(default)]
    pub endpoint: Option<String>,
    pub flags: Vec<Flag>,
    pub rule_results: Vec<RuleResult>,
}
