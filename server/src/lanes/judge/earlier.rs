//! What stands of an earlier judging of the same call: all that was asked, where only the open rules are asked
//! again, and what the model had proven, where it cannot be asked now.

use std::collections::BTreeSet;

use supabase_client::flag::Flag;
use supabase_client::judgement::{RuleOutcome, RuleResult};
use supabase_client::ruleset::{EarlierJudgement, RuleKind, Ruleset};

use super::ending::{Ending, Outcome};
use super::verdict::{Asked, Endings, PROMPT_VERSION};

/// Whether it was given under the same rules and prompt, by the model that would be asked now.
pub fn stands(earlier: &EarlierJudgement, ruleset_id: &str, model: Option<&str>) -> bool {
    earlier.ruleset_id == ruleset_id
        && earlier.prompt_version == PROMPT_VERSION
        && model == Some(earlier.judge_model.as_str())
}

/// How its rules ended that were asked about the whole call.
pub fn known(earlier: &EarlierJudgement, ruleset: &Ruleset) -> Endings {
    let results = earlier.rule_results.iter().filter(|result| result.unasked.is_none());
    let judged = results.filter(|result| {
        ruleset.rules.iter().any(|rule| rule.key == result.rule_key && rule.kind == RuleKind::Judged)
    });
    judged.map(|result| (result.rule_key.clone(), ending_of(result, &earlier.flags))).collect()
}

/// The ending that a stored result and the flags beside it tell of.
pub fn ending_of(result: &RuleResult, flags: &[Flag]) -> Ending {
    Ending::from(match result.outcome {
        RuleOutcome::Violation => Outcome::Violated(flags_of(flags, &result.rule_key)),
        RuleOutcome::Pass => Outcome::Passed,
        RuleOutcome::NotApplicable => Outcome::NotApplicable,
        RuleOutcome::Undecided => Outcome::Undecided(result.reason.clone().unwrap_or_default()),
    })
}

/// The rules that had been left open then, at least for a part of the call.
pub fn open(earlier: &EarlierJudgement) -> BTreeSet<String> {
    let open = earlier.rule_results.iter().filter(|result| result.unasked.is_some());
    open.map(|result| result.rule_key.clone()).collect()
}

/// Adds what was proven then to what came of these rules now: proof is never lost. Tells whether there was
/// any.
pub fn keep_proof(earlier: &EarlierJudgement, rule_keys: &BTreeSet<String>, endings: &mut Endings) -> bool {
    let mut kept = false;
    for (rule_key, ending) in endings.iter_mut().filter(|(rule_key, _)| rule_keys.contains(*rule_key)) {
        let mut flags = flags_of(&earlier.flags, rule_key);
        if flags.is_empty() {
            continue;
        }
        if let Outcome::Violated(found) = &mut ending.outcome {
            found.retain(|flag| flags.iter().all(|earlier| earlier.id != flag.id));
            flags.append(found);
        }
        ending.outcome = Outcome::Violated(flags);
        kept = true;
    }
    kept
}

/// Names who gave the answers that stand, beside who gave the new ones.
pub fn name_origins(earlier: EarlierJudgement, asked: &mut Asked) {
    asked.model.get_or_insert(earlier.judge_model);
    asked.endpoint = asked.endpoint.take().or(earlier.endpoint);
    let models: BTreeSet<&str> = [&earlier.returned_model, &asked.returned_model]
        .into_iter()
        .flatten()
        .flat_map(|models| models.split(", "))
        .collect();
    let models: Vec<&str> = models.into_iter().collect();
    asked.returned_model = (!models.is_empty()).then(|| models.join(", "));
}

fn flags_of(flags: &[Flag], rule_key: &str) -> Vec<Flag> {
    flags.iter().filter(|flag| flag.rule_key == rule_key).cloned().collect()
}
