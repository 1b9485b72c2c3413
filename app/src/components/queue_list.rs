use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use supabase_client::call::{CallId, CallSummary};
use web_sys::PointerEvent;

use crate::browser::keep;
use crate::components::call_row::CallRow;
use crate::components::icon::Icon;
use crate::state_filter::StateFilter;

/// How long a mouse must stand still before the list may move under it.
const POINTER_RESTS_AFTER_MS: u32 = 4000;

/// The queue's rows.
///
/// While the pointer moves over the list or the focus is in it, rows change in place but none comes, goes or moves:
/// what is new waits behind a button. Otherwise the list follows the database by itself.
#[component]
pub fn QueueList(
    #[prop(into)] latest: Signal<Vec<CallSummary>>,
    #[prop(into)] chosen: Signal<StateFilter>,
) -> impl IntoView {
    let pointed_at = RwSignal::new(false);
    let focused = RwSignal::new(false);
    // A mouse that has come to rest is not about to press.
    let mouse_moves = RwSignal::new(0_u32);
    let pointer_moved = move |event: PointerEvent| {
        if event.pointer_type() == "mouse" {
            mouse_moves.update(|moves| *moves = moves.wrapping_add(1));
        }
    };
    Effect::new(move |_| {
        if mouse_moves.get() > 0 {
            pointed_at.set(true);
            keep(Timeout::new(POINTER_RESTS_AFTER_MS, move || pointed_at.set(false)));
        }
    });
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
                on:pointermove=pointer_moved
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
