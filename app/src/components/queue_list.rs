use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use supabase_client::call::CallId;
use supabase_client::queue::{QueueRow, QueueState};
use web_sys::PointerEvent;

use crate::browser::keep;
use crate::components::call_row::CallRow;
use crate::components::icon::Icon;
use crate::queue_filters::QueueFilters;
use crate::state_filter;

/// How long a mouse must stand still before the list may move under it.
const POINTER_RESTS_AFTER_MS: u32 = 4000;

/// The queue's rows.
///
/// While the pointer moves over the list or the focus is in it, rows change in place but none comes, goes or moves:
/// what is new waits behind a button. Otherwise the list follows the database by itself.
#[component]
pub fn QueueList(
    #[prop(into)] latest: Signal<Vec<QueueRow>>,
    /// The ids of rows that were just loaded below the others; they join the list whatever holds it.
    #[prop(into)]
    appended: Signal<Vec<CallId>>,
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] now: Signal<f64>,
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
    let ids = move || latest.with(|rows| rows.iter().map(|row| row.call.call_id).collect::<Vec<_>>());
    let shown = RwSignal::new(untrack(ids));
    Effect::new(move |_| {
        let ids = ids();
        if !held.get() && shown.with_untracked(|shown| *shown != ids) {
            shown.set(ids);
        }
    });
    Effect::new(move |_| {
        let new = appended.with(|appended| {
            shown.with_untracked(|shown| {
                appended.iter().filter(|id| !shown.contains(id)).copied().collect::<Vec<_>>()
            })
        });
        if !new.is_empty() {
            shown.update(|shown| shown.extend(new));
        }
    });
    let waiting = Memo::new(move |_| {
        let below = appended.get();
        shown.with(|shown| ids().iter().filter(|id| !shown.contains(id) && !below.contains(id)).count())
    });
    let row = move |id: CallId| {
        let find = move || latest.with(|rows| rows.iter().find(|row| row.call.call_id == id).cloned());
        // A call that has left the tab keeps its last look until the row itself goes.
        let row =
            Memo::new(move |last: Option<&Option<QueueRow>>| find().or_else(|| last.cloned().flatten()));
        view! { <CallRow shown=row now/> }
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
        <Show when=move || shown.with(|shown| !shown.is_empty()) fallback=move || empty(&filters.get())>
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

fn empty(filters: &QueueFilters) -> impl IntoView + use<> {
    let state = filters.get("state").unwrap_or_default();
    let filtered = !filters.beside_state().is_empty();
    let state: Option<QueueState> =
        state_filter::TABS.into_iter().find(|tab| state_filter::query(*tab) == state);
    let (title, sentence) = if filtered {
        ("No call fits", "No call on this tab fits these filters. Take one away to see more.")
    } else {
        state_filter::empty(state)
    };
    view! {
        <section class="blank">
            <span class="blank-icon"><Icon icon=icondata_lu::LuInbox/></span>
            <h2>{title}</h2>
            <p>{sentence}</p>
            {filtered.then(|| view! { <a class="button" href="/" data-noscroll="true">"Show all calls"</a> })}
        </section>
    }
}
