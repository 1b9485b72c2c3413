use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::LazyRoute as _;
use leptos_router::hooks::use_query_map;

use crate::browser::keep;
use crate::components::error_panel::ErrorPanel;
use crate::components::live_queue::LiveQueue;
use crate::components::next_call_button::NextCallButton;
use crate::components::queue_chips::QueueChips;
use crate::components::queue_filter_form::QueueFilterForm;
use crate::components::queue_keys::QueueKeys;
use crate::components::saved_views::SavedViews;
use crate::components::skeleton::Skeleton;
use crate::components::state_tabs::StateTabs;
use crate::lazy_pages::LazyCall;
use crate::page_data::page_data;
use crate::queue_filters::QueueFilters;
use crate::queue_place;
use crate::sent_form::SentForm;
use crate::server_functions::delete_view::DeleteView;
use crate::server_functions::load_queue::{PAGE_SIZE, load_queue};
use crate::server_functions::load_queue_choices::load_queue_choices;
use crate::server_functions::save_view::SaveView;

/// How long the queue is open before the browser fetches the code of the page that people go on to: it is not to get in
/// the queue's own way.
const CALL_PAGE_AFTER_MS: u32 = 1000;

/// Calls by urgency.
#[component]
pub fn QueuePage() -> impl IntoView {
    let params = use_query_map();
    let filters = Memo::new(move |_| params.with(QueueFilters::of_params));
    let after = Memo::new(move |_| params.read().get("after").unwrap_or_default());
    let key = move || (filters.with(QueueFilters::query), after.get());
    let queue = page_data(key, |key| async move {
        match queue_place::rows(&key) {
            Some(rows) => Ok(rows),
            None => load_queue(key.0, key.1, PAGE_SIZE).await,
        }
    });
    let save = SentForm::new(&[SaveView::PATH]);
    let delete = SentForm::new(&[DeleteView::PATH]);
    let offered = page_data(move || (save.answers(), delete.answers()), |_| load_queue_choices());
    // The last answer stays while another is on its way.
    let known = move || offered.get().and_then(Result::ok).unwrap_or_default();
    let choices = Signal::derive(move || known().choices);
    let views = Signal::derive(move || known().views);
    let live_counts = RwSignal::new(None);
    Effect::new(move |_| {
        filters.track();
        live_counts.set(None);
    });
    Effect::new(move |_| filters.with(queue_place::keep_filters));
    Effect::new(move |_| {
        keep(Timeout::new(CALL_PAGE_AFTER_MS, || {
            if window().navigator().on_line() {
                spawn_local(LazyCall::preload());
            }
        }));
    });
    view! {
        <Title text="Queue"/>
        <div class="page">
            <div class="page-heading queue-heading">
                <h1>"Queue"</h1>
                <QueueKeys/>
                <Transition fallback=|| ()><SavedViews filters views save delete/></Transition>
                <NextCallButton filters/>
            </div>
            <Transition fallback=|| ()>
                <QueueFilterForm filters choices/>
                <QueueChips filters choices/>
            </Transition>
            <Transition fallback=|| ()>
                <StateTabs filters counts=Signal::derive(move || {
                    let loaded = queue.get().and_then(Result::ok).map(|queue| queue.counts);
                    live_counts.get().or(loaded).unwrap_or_default()
                })/>
            </Transition>
            <Transition fallback=|| view! { <Skeleton rows=6 label="Loading calls"/> }>
                {move || Suspend::new(async move {
                    match queue.await {
                        Ok(first) => view! { <LiveQueue first filters after counts=live_counts/> }.into_any(),
                        Err(error) => view! { <ErrorPanel error/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}
