use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::CallPage;

use crate::components::icon::Icon;
use crate::sent_form::SentForm;
use crate::server_functions::rejudge_call::RejudgeCall;
use crate::wording;

/// Has a call with a verdict judged again under the present rules. For admins; the database refuses
/// everybody else.
#[component]
pub fn RejudgeButton(page: RwSignal<CallPage>) -> impl IntoView {
    let rejudge = SentForm::new(&[RejudgeCall::PATH]);
    let call_id = page.with_untracked(|page| page.call.call_id.to_string());
    let call_id = StoredValue::new(call_id);
    let can_be_judged = Memo::new(move |_| {
        page.with(|page| wording::has_verdict(page.call.status) && page.transcript_deleted_at.is_none())
    });
    Effect::new(move |_| {
        if let Some(Ok(status)) = rejudge.answer() {
            page.update(|page| page.call.status = status);
        }
    });
    view! {
        <div class="rejudge">
            <Show when=move || can_be_judged.get()>
                <form method="post" action=RejudgeCall::PATH on:submit=move |event| rejudge.send(event)>
                    <input type="hidden" name="call_id" value=call_id.get_value()/>
                    <button type="submit" class="button quiet" title="Under the present rules; the earlier verdict is kept"
                        disabled=move || rejudge.pending()>
                        <Icon icon=icondata_lu::LuRotateCw/>"Judge again"
                    </button>
                </form>
            </Show>
            <div role="alert">
                {move || rejudge.refusal().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
            </div>
        </div>
    }
}
