use leptos::prelude::*;
use supabase_client::call::CallPage;
use supabase_client::judgement::RuleResult;

use crate::components::icon::Icon;
use crate::components::review_part::review_part;
use crate::components::word_form::{Forms, Subject};
use crate::outbox::Outbox;
use crate::said::Said;
use crate::wording;

/// One undecided rule: why it is undecided, and what a person made of it.
#[component]
pub fn RuleCard(rule: RuleResult, page: RwSignal<CallPage>) -> impl IntoView {
    let outbox = expect_context::<Outbox>();
    let subject = Subject {
        call_id: page.with_untracked(|page| page.call.call_id),
        id: wording::undecided_rule(&rule.rule_key),
        named: rule.rule_title.clone(),
    };
    let card = subject.id.clone();
    let said = Said::about(card.clone(), page, outbox);
    let unasked = rule.unasked.is_some();
    let asked_again = Memo::new(move |_| unasked && page.with(|page| page.asked_again));
    let review = move || said.with(|said| review_part(&subject, said, outbox, Some(Forms::OfRule)));
    view! {
        <li class="rule-card" tabindex="-1" data-card=card data-settled=move || said.with(|said| said.verdict().is_some()).then_some("")>
            <h3>{rule.rule_title}</h3>
            {rule.reason.map(|reason| view! { <p class="rule-card-reason">{reason}</p> })}
            {move || asked_again.get().then(|| view! {
                <p class="rule-card-asked"><Icon icon=icondata_lu::LuRotateCw/>{wording::ASKED_AGAIN}</p>
            })}
            <div class="rule-card-review">{review}</div>
        </li>
    }
}
