use leptos::prelude::*;
use supabase_client::call::CallCount;

use crate::state_filter::StateFilter;

/// The queue's tabs, each with the number of calls behind it. The choice lives in the address.
#[component]
pub fn StateTabs(
    #[prop(into)] chosen: Signal<StateFilter>,
    #[prop(into)] counts: Signal<Vec<CallCount>>,
) -> impl IntoView {
    let tab = move |tab: StateFilter| {
        let address = tab.query().map_or_else(|| "/".to_owned(), |state| format!("/?state={state}"));
        let count = move || counts.with(|counts| tab.count(counts));
        view! {
            <li>
                <a href=address data-noscroll="true" class="tab" data-empty=move || (count() == 0).then_some("")
                    aria-current=move || (chosen.get() == tab).then_some("page")>
                    {tab.label()}" "<span class="tab-count">{count}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label="Filter by state">
            <ul class="tabs" role="list">{StateFilter::TABS.map(tab).collect_view()}</ul>
        </nav>
    }
}
