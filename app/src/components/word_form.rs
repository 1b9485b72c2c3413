//! The forms in which a person says something about a flag or a rule. They are plain forms and work without
//! JavaScript; with it, `browser::word_forms` takes them over.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::CallId;

use crate::components::icon::Icon;
use crate::server_functions::review_flag::ReviewFlag;
use crate::server_functions::settle_rule::SettleRule;
use crate::server_functions::withdraw_review::WithdrawReview;
use crate::wording;

/// Reasons for a dismissal that one press gives.
const REASONS: [&str; 3] = ["Not what was said", "Out of context", "Allowed here"];

/// What a form is about.
#[derive(Clone)]
pub struct Subject {
    pub call_id: CallId,
    /// A flag's id, or a rule key with `:undecided`.
    pub id: String,
    /// As the buttons' names tell it.
    pub named: String,
}

/// Confirm, or dismiss with a reason.
pub fn flag_forms(subject: &Subject) -> AnyView {
    let Subject { id, named, .. } = subject;
    let reasons = REASONS.into_iter().enumerate().map(|(number, reason)| {
        view! {
            <button type="submit" name="reason" value=reason class="button small">
                {reason}<kbd aria-hidden="true">{number + 1}</kbd>
            </button>
        }
    });
    view! {
        <div class="verdict-choice">
            <form method="post" action=ReviewFlag::PATH class="verdict-confirm" data-subject=id.clone() data-verdict="confirmed">
                {about(subject, Some("confirmed"))}
                <button type="submit" class="button small" aria-label=format!("Confirm flag: {named}")>
                    <Icon icon=icondata_lu::LuCheck/>"Confirm"
                </button>
            </form>
            <details class="verdict-dismiss">
                <summary class="button small" aria-label=format!("Dismiss flag: {named}")><Icon icon=icondata_lu::LuX/>"Dismiss"</summary>
                <div class="verdict-reasons" role="group" aria-label="Why it is dismissed">
                    <form method="post" action=ReviewFlag::PATH class="verdict-given-reason" data-subject=id.clone() data-verdict="dismissed">
                        {about(subject, Some("dismissed"))}
                        {reasons.collect_view()}
                    </form>
                    <form method="post" action=ReviewFlag::PATH class="verdict-own-reason" data-subject=id.clone() data-verdict="dismissed">
                        {about(subject, Some("dismissed"))}
                        <input type="text" name="reason" required pattern=r".*\S.*" maxlength="500" placeholder="Another reason"
                            aria-label="Reason" title="Why, in a few words"/>
                        <button type="submit" class="button small">"Dismiss"</button>
                    </form>
                </div>
            </details>
        </div>
    }
    .into_any()
}

/// Broken, kept, or not meant for this call.
pub fn settle_form(subject: &Subject) -> AnyView {
    let Subject { call_id, id, named } = subject.clone();
    let rule_key = id.trim_end_matches(wording::UNDECIDED).to_owned();
    let hint = format!("why-{rule_key}");
    let button = |name: &'static str, words: &'static str| {
        view! {
            <button type="submit" name="outcome" value=name class="button small" aria-label=format!("{words}: {named}")>{words}</button>
        }
    };
    view! {
        <form method="post" action=SettleRule::PATH class="settle" data-subject=id>
            <input type="hidden" name="call_id" value=call_id.to_string()/>
            <input type="hidden" name="rule_key" value=rule_key/>
            // The Enter key presses the first button: none of the three must be it.
            <button type="submit" disabled hidden></button>
            // Not `required`: two of the three buttons need no reason.
            <input type="text" name="reason" maxlength="500" placeholder="Reason" aria-label="Reason" aria-describedby=hint.clone()/>
            <p id=hint class="settle-hint">"Needed where the rule does not apply."</p>
            {button("violation", "Broken")}
            {button("pass", "Kept")}
            {button("not_applicable", "Does not apply")}
        </form>
    }
    .into_any()
}

/// Takes back what was said.
pub fn take_back_form(subject: &Subject) -> AnyView {
    view! {
        <form method="post" action=WithdrawReview::PATH class="take-back" data-subject=subject.id.clone() data-verdict="withdrawn">
            {about(subject, None)}
            <button type="submit" class="button small" aria-label=format!("Take back: {}", subject.named)>
                <Icon icon=icondata_lu::LuUndo2/>"Take back"
            </button>
        </form>
    }
    .into_any()
}

fn about(subject: &Subject, verdict: Option<&'static str>) -> AnyView {
    view! {
        <input type="hidden" name="call_id" value=subject.call_id.to_string()/>
        <input type="hidden" name="flag_id" value=subject.id.clone()/>
        {verdict.map(|verdict| view! { <input type="hidden" name="verdict" value=verdict/> })}
    }
    .into_any()
}
