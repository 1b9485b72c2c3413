use std::collections::BTreeSet;

use leptos::prelude::*;
use supabase_client::call::CallPage;
use supabase_client::judgement::{RuleOutcome, RuleResult};

use crate::components::rule_card::RuleCard;
use crate::open_call::standing_review;
use crate::wording;

/// The rules that the shown verdict left undecided, one card each, for people to settle.
#[component]
pub fn UndecidedRules(page: RwSignal<CallPage>) -> impl IntoView {
    let rules = Memo::new(move |_| page.with(|page| undecided(&page.rule_results)));
    let count = Memo::new(move |_| rules.with(Vec::len));
    let settled = Memo::new(move |_| {
        page.with(|page| {
            let settled = |rule: &&RuleResult| {
                let subject = wording::undecided_rule(&rule.rule_key);
                standing_review(page, &subject).is_some()
            };
            rules.with(|rules| rules.iter().filter(settled).count())
        })
    });
    view! {
        <Show when=move || { count.get() > 0 }>
            <section class="undecided-rules" aria-label="Undecided rules">
                <div class="section-heading">
                    <h2>"Undecided rules"</h2>
                    <p>{move || format!("{} of {} settled", settled.get(), count.get())}</p>
                </div>
                <ul class="rule-cards" role="list">
                    <For each=move || rules.get() key=|rule| (rule.rule_key.clone(), rule.reason.clone(), rule.unasked) let:rule>
                        <RuleCard rule page/>
                    </For>
                </ul>
            </section>
        </Show>
    }
}

/// Each rule once, in the order of the verdict.
fn undecided(rules: &[RuleResult]) -> Vec<RuleResult> {
    let mut seen = BTreeSet::new();
    let undecided = rules.iter().filter(|rule| rule.outcome == RuleOutcome::Undecided);
    undecided.filter(|rule| seen.insert(&rule.rule_key)).cloned().collect()
}
