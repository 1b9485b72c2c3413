use leptos::prelude::*;
use supabase_client::call::CallPage;

use crate::components::rule_card::RuleCard;
use crate::deciding::Deciding;
use crate::open_call::undecided_rules;
use crate::wording;

/// The rules that the shown verdict left undecided, one card each, for people to settle.
#[component]
pub fn UndecidedRules(page: RwSignal<CallPage>) -> impl IntoView {
    let open = expect_context::<Deciding>().open;
    let rules = Memo::new(move |_| page.with(undecided_rules));
    let count = Memo::new(move |_| rules.with(Vec::len));
    let settled = Memo::new(move |_| {
        open.with(|open| count.get() - open.iter().filter(|open| open.ends_with(wording::UNDECIDED)).count())
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
