//! What stands of an earlier judging of the same call when only the open rules are asked again.

use supabase_client::flag::Flag;
use supabase_client::judgement::RuleOutcome;
use supabase_client::ruleset::{JudgeMaterial, Rule, UnfinishedJudgement};

use super::ending::{Ending, Outcome};
use super::verdict::{Endings, PROMPT_VERSION};

/// The part of an earlier judging that stands, if it was given under the same rules, prompt and model.
pub fn standing<'m>(material: &'m JudgeMaterial, model: &str) -> Option<&'m UnfinishedJudgement> {
    material.unfinished.as_ref().filter(|earlier| {
        earlier.ruleset_id == material.ruleset.ruleset_id
            && earlier.prompt_version == PROMPT_VERSION
            && earlier.judge_model == model
    })
}

/// How the rule ended then, unless it is to be asked again.
pub fn ended(earlier: &UnfinishedJudgement, rule: &Rule) -> Option<Ending> {
    let result = earlier.rule_results.iter().find(|result| result.rule_key == rule.key)?;
    if result.unasked.is_some() {
        return None;
    }
    Some(Ending::from(match result.outcome {
        RuleOutcome::Violation => Outcome::Violated(flags_of(earlier, &rule.key)),
        RuleOutcome::Pass => Outcome::Passed,
        RuleOutcome::NotApplicable => Outcome::NotApplicable,
        RuleOutcome::Undecided => Outcome::Undecided(result.reason.clone().unwrap_or_default()),
    }))
}

/// Adds what was proven then to what came of asking again: proof is never lost.
pub fn keep_proof(earlier: &UnfinishedJudgement, endings: &mut Endings) {
    for (rule_key, ending) in endings {
        let proven = flags_of(earlier, rule_key);
        if proven.is_empty() {
            continue;
        }
        let mut flags = proven;
        if let Outcome::Violated(found) = &mut ending.outcome {
            found.retain(|flag| flags.iter().all(|earlier| earlier.id != flag.id));
            flags.append(found);
        }
        ending.outcome = Outcome::Violated(flags);
    }
}

fn flags_of(earlier: &UnfinishedJudgement, rule_key: &str) -> Vec<Flag> {
    earlier.flags.iter().filter(|flag| flag.rule_key == rule_key).cloned().collect()
}
