use leptos::prelude::*;
use supabase_client::queue::{QueueState, StateCount};

use crate::browser::locale;
use crate::format::thousands;
use crate::queue_filters::QueueFilters;
use crate::state_filter::{TABS, label, query};

/// The queue's tabs, each with the number of calls behind it under the other filters. The choice lives in the address.
#[component]
pub fn StateTabs(
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] counts: Signal<Vec<StateCount>>,
) -> impl IntoView {
    // The server does not know how the viewer writes numbers.
    let in_browser = RwSignal::new(false);
    Effect::new(move |_| in_browser.set(true));
    let tab = move |state: QueueState| {
        let address = move || filters.with(|filters| filters.with("state", query(state)).address());
        let of_state =
            move || counts.with(|counts| counts.iter().find(|count| count.state == state).copied());
        let written = move || {
            let count = of_state()?;
            let calls = if in_browser.get() { local_count(count.calls) } else { thousands(count.calls) };
            Some(if count.more { format!("{calls}+") } else { calls })
        };
        let chosen = move || filters.with(|filters| filters.get("state").unwrap_or_default() == query(state));
        view! {
            <li>
                <a href=address data-noscroll="true" class="tab" data-empty=move || of_state().is_some_and(|count| count.calls == 0).then_some("")
                    aria-current=move || chosen().then_some("page")>
                    {label(state)}" "<span class="tab-count">{written}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label="Filter by state">
            <ul class="tabs" role="list">{TABS.map(tab).collect_view()}</ul>
        </nav>
    }
}

/// Within a browser: as its language writes a count.
fn local_count(calls: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below a double's 53 bits")]
    locale::count(calls as f64)
}
