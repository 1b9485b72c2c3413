use leptos::prelude::*;
use supabase_client::judgement::{RuleOutcome, RuleResult};

use crate::wording;

/// How each rule of a verdict ended, in the order of the verdict.
#[component]
pub fn RuleOutcomes(
    rules: Vec<RuleResult>,
    /// Whether those that could not be asked will be.
    asked_again: bool,
) -> impl IntoView {
    let rules = rules.into_iter().map(|rule| {
        // A violation that was proven stands, although a part of the call could not be asked about.
        let asked_again = asked_again && rule.unasked.is_some() && rule.outcome != RuleOutcome::Undecided;
        view! {
            <li>
                <span class="rule-title">{rule.rule_title}</span>
                <span class=format!("status tone-{}", wording::rule_outcome_tone(rule.outcome))>
                    {wording::rule_outcome(rule.outcome)}
                </span>
                {rule.reason.map(|reason| view! { <span class="rule-reason">{reason}</span> })}
                {asked_again.then(|| view! { <span class="rule-reason">{wording::ASKED_AGAIN}</span> })}
            </li>
        }
    });
    view! { <ul class="rules" role="list">{rules.collect_view()}</ul> }
}
