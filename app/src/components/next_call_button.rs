use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::CallId;

use crate::components::icon::Icon;
use crate::queue_filters::QueueFilters;
use crate::sent_form::SentForm;
use crate::server_functions::next_call::NextCall;

/// The id of the button, which a key presses.
pub const BUTTON_ID: &str = "next-call";

/// Takes the most urgent call that nobody else has open.
#[component]
pub fn NextCallButton(
    #[prop(into)] filters: Signal<QueueFilters>,
    /// The open call, which is let go of.
    #[prop(optional, into)]
    leaving: Option<CallId>,
    /// Whether this is the thing to do now. It is where nothing else is said.
    #[prop(optional, into)]
    offered: Option<Signal<bool>>,
) -> impl IntoView {
    let next = SentForm::new(&[NextCall::PATH]);
    // Calls of every state may be shown; the next one is among those that wait for a person.
    let query = move || filters.with(QueueFilters::query);
    let answer = move || match next.answer::<bool>()? {
        Ok(true) => None,
        Ok(false) => {
            Some("No call waits for you here: all are reviewed, or open at somebody else's.".to_owned())
        }
        Err(error) => Some(error.sentence),
    };
    let leaving =
        leaving.map(|call_id| view! { <input type="hidden" name="leaving" value=call_id.to_string()/> });
    let is_offered = move || offered.is_none_or(|offered| offered.get());
    view! {
        <div class="next-call">
            <p class="next-call-answer" role="status">{answer}</p>
            <form method="post" action=NextCall::PATH on:submit=move |event| next.send(event)>
                <input type="hidden" name="query" value=query/>
                {leaving}
                <button type="submit" id=BUTTON_ID class="button" class:primary=is_offered aria-keyshortcuts="n" disabled=move || next.pending()>
                    "Next call"<Icon icon=icondata_lu::LuArrowRight/>
                </button>
            </form>
        </div>
    }
}
