use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::open_call::OpenCall;
use crate::server_functions::withdraw_review::WithdrawReview;

/// Takes back what was said about a flag or an undecided rule. A plain form: it works without JavaScript.
#[component]
pub fn TakeBack(
    subject: StoredValue<String>,
    /// What it is about, for the button's name.
    named: String,
) -> impl IntoView {
    let withdraw = ServerAction::<WithdrawReview>::new();
    let open_call = expect_context::<OpenCall>();
    let call_id = open_call.page.with_untracked(|page| page.call.call_id.to_string());
    let (pending, value) = (withdraw.pending(), withdraw.value());
    Effect::new(move |_| {
        if let Some(Ok(given)) = value.get() {
            open_call.said(given);
        }
    });
    view! {
        <ActionForm action=withdraw attr:class="take-back">
            <input type="hidden" name="call_id" value=call_id/>
            <input type="hidden" name="flag_id" value=subject.get_value()/>
            <button type="submit" class="button small" aria-label=format!("Take back: {named}") disabled=move || pending.get()>
                <Icon icon=icondata_lu::LuUndo2/>"Take back"
            </button>
        </ActionForm>
        <div role="alert">
            {move || value.get().and_then(Result::err).map(|error| view! {
                <p class="notice tone-failed">{error.sentence}</p>
            })}
        </div>
    }
}
