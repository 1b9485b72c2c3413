//! From how each rule ended to the judgement.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use supabase_client::judgement::{Judgement, RefusedFinding, RuleOutcome, RuleResult, Unasked, Verdict};
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleKind, Ruleset};
use supabase_client::transcript::Transcript;

use super::ending::{Ending, Outcome};
use super::phrase_rules;
use super::speech::Speech;

/// Part of `qa_version`: changes whenever the same rules can give another verdict than before.
pub const PROMPT_VERSION: &str = "judge-1";

/// Stands where a language model would be named.
pub const PHRASES_ALONE: &str = "phrases";

/// Endings by rule key.
pub type Endings = BTreeMap<String, Ending>;

/// What was asked of a language model, and what it cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The model that was asked for; absent where none was asked.
    pub model: Option<String>,
    pub returned_model: Option<String>,
    pub endpoint: Option<String>,
    pub refused_findings: Vec<RefusedFinding>,
    pub requests: i64,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub cost_usd: Decimal,
}

/// Judges a call by its phrase rules; the others end undecided because no model is configured. The same
/// material gives the same judgement, byte for byte.
pub fn judge_by_phrases(material: &JudgeMaterial) -> Judgement {
    let endings = phrase_endings(&material.transcript, &material.ruleset.rules);
    conclude(&material.ruleset, endings, Asked::default())
}

/// How each phrase rule ended.
pub fn phrase_endings(transcript: &Transcript, rules: &[Rule]) -> Endings {
    let speech = Speech::new(transcript);
    let phrase_rules = rules.iter().filter(|rule| rule.kind == RuleKind::Phrases);
    phrase_rules
        .map(|rule| (rule.key.clone(), phrase_rules::apply(rule, &speech, transcript).into()))
        .collect()
}

/// The endings of rules that nobody could be asked about.
pub fn unasked<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    reason: Unasked,
) -> impl Iterator<Item = (String, Ending)> {
    rules.into_iter().map(move |rule| (rule.key.clone(), Ending::unasked(reason)))
}

/// The verdict: flagged if anything is proven, safe only if every rule passed or does not apply. A rule
/// without an ending was not asked because no model is configured.
pub fn conclude(ruleset: &Ruleset, mut endings: Endings, asked: Asked) -> Judgement {
    let mut flags = Vec::new();
    let mut rule_results = Vec::new();
    for rule in &ruleset.rules {
        let Ending { outcome, unasked } =
            endings.remove(&rule.key).unwrap_or_else(|| Ending::unasked(Unasked::NoEndpoint));
        rule_results.push(RuleResult {
            rule_key: rule.key.clone(),
            rule_title: rule.title.clone(),
            outcome: outcome.name(),
            reason: if let Outcome::Undecided(reason) = &outcome { Some(reason.clone()) } else { None },
            unasked,
        });
        if let Outcome::Violated(found) = outcome {
            flags.extend(found);
        }
    }
    flags.sort_by(|one, other| {
        (one.start_ms, one.words, &one.id).cmp(&(other.start_ms, other.words, &other.id))
    });
    let undecided = rule_results.iter().any(|result| result.outcome == RuleOutcome::Undecided);
    Judgement {
        verdict: match (flags.is_empty(), undecided) {
            (false, _) => Verdict::Flagged,
            (true, true) => Verdict::Undecided,
            (true, false) => Verdict::Safe,
        },
        ruleset_id: ruleset.ruleset_id.clone(),
        prompt_version: PROMPT_VERSION.to_owned(),
        judge_model: asked.model.unwrap_or_else(|| PHRASES_ALONE.to_owned()),
        returned_model: asked.returned_model,
        endpoint: asked.endpoint,
        flags,
        rule_results,
        refused_findings: asked.refused_findings,
        requests: asked.requests,
        tokens_in: asked.tokens_in,
        tokens_out: asked.tokens_out,
        cost_usd: asked.cost_usd,
    }
}

#[cfg(test)]
mod tests;
