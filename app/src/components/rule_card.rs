use leptos::form::ActionForm;
use leptos::prelude::*;
use supabase_client::call::CallPage;
use supabase_client::judgement::{RuleOutcome, RuleResult};

use crate::components::given_review::GivenReview;
use crate::components::icon::Icon;
use crate::components::review_history::ReviewHistory;
use crate::components::take_back::TakeBack;
use crate::open_call::{OpenCall, standing_review};
use crate::server_functions::settle_rule::SettleRule;
use crate::wording;

/// One undecided rule: why it is undecided, and what a person made of it.
#[component]
pub fn RuleCard(rule: RuleResult, page: RwSignal<CallPage>) -> impl IntoView {
    let subject = StoredValue::new(wording::undecided_rule(&rule.rule_key));
    let rule_key = StoredValue::new(rule.rule_key);
    let title = StoredValue::new(rule.rule_title.clone());
    // Newest first: the first word on the rule is the one that counts.
    let settling = Memo::new(move |_| {
        page.with(|page| subject.with_value(|subject| standing_review(page, subject).cloned()))
    });
    view! {
        <li class="rule-card" data-settled=move || settling.with(Option::is_some).then_some("")>
            <h3>{rule.rule_title}</h3>
            {rule.reason.map(|reason| view! { <p class="rule-card-reason">{reason}</p> })}
            {rule.unasked.map(|_| view! {
                <p class="rule-card-asked"><Icon icon=icondata_lu::LuRotateCw/>{wording::ASKED_AGAIN}</p>
            })}
            <div class="rule-card-review">
                {move || match settling.get() {
                    None => view! { <Settle rule_key title page/> }.into_any(),
                    Some(given) => view! {
                        <GivenReview given/>
                        <div class="review-again">
                            <TakeBack subject named=title.get_value()/>
                            <details class="review-change">
                                <summary>"Change"</summary>
                                <Settle rule_key title page/>
                            </details>
                        </div>
                    }.into_any(),
                }}
                <ReviewHistory subject page/>
            </div>
        </li>
    }
}

/// Broken, kept, or not meant for this call. A plain form: it works without JavaScript.
#[component]
fn Settle(
    rule_key: StoredValue<String>,
    title: StoredValue<String>,
    page: RwSignal<CallPage>,
) -> impl IntoView {
    let settle = ServerAction::<SettleRule>::new();
    let open_call = expect_context::<OpenCall>();
    let call_id = page.with_untracked(|page| page.call.call_id.to_string());
    let (pending, value) = (settle.pending(), settle.value());
    Effect::new(move |_| {
        if let Some(Ok(given)) = value.get() {
            // Whether the whole call is settled now, the database says.
            open_call.said(given);
        }
    });
    let button = move |outcome: RuleOutcome, name: &'static str, reason_required: bool| {
        let words = wording::rule_outcome(outcome);
        let label = format!("{words}: {}", title.get_value());
        view! {
            <button type="submit" name="outcome" value=name class="button small" aria-label=label
                formnovalidate=!reason_required disabled=move || pending.get()>
                {words}
            </button>
        }
    };
    view! {
        <ActionForm action=settle attr:class="settle">
            <input type="hidden" name="call_id" value=call_id/>
            <input type="hidden" name="rule_key" value=rule_key.get_value()/>
            // The Enter key presses the first button: none of the three must be it.
            <button type="submit" disabled hidden></button>
            // Only the last button asks whether it is filled in.
            <input type="text" name="reason" required pattern=r".*\S.*" maxlength="500" placeholder="Reason"
                aria-label="Reason" title="Why, in a few words; needed where the rule does not apply"/>
            {button(RuleOutcome::Violation, "violation", false)}
            {button(RuleOutcome::Pass, "pass", false)}
            {button(RuleOutcome::NotApplicable, "not_applicable", true)}
        </ActionForm>
        <div class="settle-refused" role="alert">
            {move || value.get().and_then(Result::err).map(|error| view! {
                <p class="notice tone-failed">{error.sentence}</p>
            })}
        </div>
    }
}
