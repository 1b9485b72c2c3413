use leptos::form::ActionForm;
use leptos::prelude::*;
use supabase_client::call::CallPage;

use crate::components::icon::Icon;
use crate::server_functions::rejudge_call::RejudgeCall;
use crate::wording;

/// Has a call with a verdict judged again under the present rules. For admins; the database refuses
/// everybody else.
#[component]
pub fn RejudgeButton(page: RwSignal<CallPage>) -> impl IntoView {
    let rejudge = ServerAction::<RejudgeCall>::new();
    let call_id = page.with_untracked(|page| page.call.call_id.to_string());
    let call_id = StoredValue::new(call_id);
    let has_verdict = Memo::new(move |_| page.with(|page| wording::has_verdict(page.call.status)));
    let (pending, value) = (rejudge.pending(), rejudge.value());
    Effect::new(move |_| {
        if let Some(Ok(status)) = value.get() {
            page.update(|page| page.call.status = status);
        }
    });
    view! {
        <div class="rejudge">
            <Show when=move || has_verdict.get()>
                <ActionForm action=rejudge>
                    <input type="hidden" name="call_id" value=call_id.get_value()/>
                    <button type="submit" class="button quiet" title="Under the present rules; the earlier verdict is kept"
                        disabled=move || pending.get()>
                        <Icon icon=icondata_lu::LuRotateCw/>"Judge again"
                    </button>
                </ActionForm>
            </Show>
            <div role="alert">
                {move || value.get().and_then(Result::err).map(|error| view! {
                    <p class="notice tone-failed">{error.sentence}</p>
                })}
            </div>
        </div>
    }
}
