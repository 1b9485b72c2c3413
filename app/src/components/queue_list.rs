use leptos::prelude::*;
use supabase_client::call::{CallId, CallSummary};

use crate::components::call_row::CallRow;
use crate::components::icon::Icon;
use crate::state_filter::StateFilter;

/// The queue's rows.
///
/// While the pointer or the focus is in the list, rows change in place but none comes, goes or moves: what is
/// new waits behind a button. Otherwise the list follows the database by itself.
#[component]
pub fn QueueList(
    #[prop(into)] latest: Signal<Vec<CallSummary>>,
    #[prop(into)] chosen: Signal<StateFilter>,
) -> impl IntoView {
    let pointed_at = RwSignal::new(false);
    let focused = RwSignal::new(false);
    let held = Memo::new(move |_| pointed_at.get() || focused.get());
    let ids = move || latest.with(|calls| calls.iter().map(|call| call.call_id).collect::<Vec<_>>());
    let shown = RwSignal::new(untrack(ids));
    Effect::new(move |_| {
        let ids = ids();
        if !held.get() && shown.with_untracked(|shown| *shown != ids) {
            shown.set(ids);
        }
    });
    let waiting =
        Memo::new(move |_| shown.with(|shown| ids().iter().filter(|id| !shown.contains(id)).count()));
    let row = move |id: CallId| {
        let find = move || latest.with(|calls| calls.iter().find(|call| call.call_id == id).cloned());
        // A call that has left the tab keeps its last look until the row itself goes.
        let call =
            Memo::new(move |last: Option<&Option<CallSummary>>| find().or_else(|| last.cloned().flatten()));
        move || call.get().map(|call| view! { <CallRow call/> })
    };
    view! {
        <p class="queue-news" role="status">
            {move || (waiting.get() > 0).then(|| view! {
                <button type="button" class="button pill" on:click=move |_| shown.set(untrack(ids))>
                    <Icon icon=icondata_lu::LuArrowUp/>
                    {move || match waiting.get() { 1 => "1 new call".to_owned(), more => format!("{more} new calls") }}
                </button>
            })}
        </p>
        <Show when=move || shown.with(|shown| !shown.is_empty()) fallback=move || empty(chosen.get())>
            <ul class="call-rows" role="list" aria-label="Calls"
                on:pointerenter=move |event| pointed_at.set(event.pointer_type() == "mouse")
                on:pointerleave=move |_| pointed_at.set(false)
                on:focusin=move |_| focused.set(true)
                on:focusout=move |_| focused.set(false)>
                <For each=move || shown.get() key=|id| *id let:id><li>{row(id)}</li></For>
            </ul>
        </Show>
    }
}

fn empty(filter: StateFilter) -> impl IntoView {
    let (title, sentence) = match filter {
        StateFilter::All => {
            ("No calls yet", "New calls appear here by themselves, within two minutes of their start.")
        }
        StateFilter::Flagged => {
            ("Nothing flagged", "No call holds a proven violation. New ones appear here by themselves.")
        }
        StateFilter::Undecided => {
            ("Nothing undecided", "There is no call that needs a human to settle a rule.")
        }
        StateFilter::Safe => {
            ("No safe calls yet", "Calls without a violation appear here once they are judged.")
        }
        StateFilter::InProgress => {
            ("All caught up", "Every call that has a recording is transcribed and judged.")
        }
        StateFilter::Failed => ("Nothing failed", "Every call made it through."),
        StateFilter::NoRecording => {
            ("Every call has a recording", "Calls that Ringba did not record would stand here.")
        }
    };
    view! {
        <section class="blank">
            <span class="blank-icon"><Icon icon=icondata_lu::LuInbox/></span>
            <h2>{title}</h2>
            <p>{sentence}</p>
        </section>
    }
}
