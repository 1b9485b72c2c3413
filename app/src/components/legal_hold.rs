use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::{CallId, CallPage};

use crate::components::moment::Moment;
use crate::sent_form::SentForm;
use crate::server_functions::hold_call::HoldCall;
use crate::server_functions::lift_hold::LiftHold;

/// Whether a legal hold keeps the call, and the plain form by which an admin sets or lifts it. For reviewers
/// it is there only where there is a hold.
#[component]
pub fn LegalHoldPart(page: RwSignal<CallPage>, is_admin: bool) -> impl IntoView {
    let set = SentForm::new(&[HoldCall::PATH]);
    let lift = SentForm::new(&[LiftHold::PATH]);
    let hold = Memo::new(move |_| page.with(|page| page.legal_hold.clone()));
    let is_held = Memo::new(move |_| hold.with(Option::is_some));
    Effect::new(move |_| {
        if let Some(Ok(given)) = set.answer() {
            page.update(|page| page.legal_hold = Some(given));
        }
    });
    Effect::new(move |_| {
        if let Some(Ok(_)) = lift.answer::<CallId>() {
            page.update(|page| page.legal_hold = None);
        }
    });
    let call_id = page.with_untracked(|page| page.call.call_id.to_string());
    let form = move || {
        let (form, path, why, does) = if is_held.get() {
            (lift, LiftHold::PATH, "Why it is lifted", "Lift the hold")
        } else {
            (set, HoldCall::PATH, "Why the call must be kept", "Set a legal hold")
        };
        view! {
            <form method="post" action=path class="comment-form" on:submit=move |event| form.send(event)>
                <input type="hidden" name="call_id" value=call_id.clone()/>
                <textarea name="reason" rows="2" required maxlength="2000" aria-label=why placeholder=why></textarea>
                <div class="comment-buttons">
                    <button type="submit" class="button small" disabled=move || form.pending()>{does}</button>
                </div>
            </form>
        }
    };
    view! {
        {move || (is_admin || is_held.get()).then(|| {
            let form = form.clone();
            view! {
                <details class="fold" open=is_held.get_untracked()>
                    <summary><h2>"Legal hold"</h2></summary>
                    {move || hold.get().map(|hold| view! {
                        <p class="legal-hold">
                            "Nothing of this call is deleted, by "{hold.held_by}" since "<Moment moment=hold.held_at/>": "{hold.reason}
                        </p>
                    })}
                    {is_admin.then_some(form)}
                    <div role="alert">
                        {move || set.refusal().or_else(|| lift.refusal())
                            .map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
                    </div>
                </details>
            }
        })}
    }
}
