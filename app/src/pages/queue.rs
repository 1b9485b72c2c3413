use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::browser::poll::poll;
use crate::components::error_panel::ErrorPanel;
use crate::components::queue_list::QueueList;
use crate::components::skeleton::Skeleton;
use crate::components::state_tabs::StateTabs;
use crate::server_error::Refusal;
use crate::server_functions::load_queue::{Queue, load_queue};
use crate::state_filter::StateFilter;

/// How often an open queue asks for what is new.
const REFRESH_EVERY: Duration = Duration::from_secs(4);

/// Calls by urgency.
#[component]
pub fn QueuePage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| StateFilter::from_query(query.read().get_str("state")));
    let queue = Resource::new_blocking(move || filter.get(), load_queue);
    view! {
        <Title text="Queue"/>
        <div class="page">
            <Transition fallback=|| view! { <QueueHeading/><Skeleton rows=6 label="Loading calls"/> }>
                {move || Suspend::new(async move {
                    match queue.await {
                        Ok(queue) => view! { <LiveQueue first=queue filter/> }.into_any(),
                        Err(error) => view! { <ErrorPanel error/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn QueueHeading(#[prop(optional, into)] summary: Signal<String>) -> impl IntoView {
    view! {
        <div class="page-heading">
            <h1>"Queue"</h1>
            <p class="page-summary">{summary}</p>
        </div>
    }
}

/// The queue that keeps itself up to date.
#[component]
fn LiveQueue(first: Queue, filter: Memo<StateFilter>) -> impl IntoView {
    let queue = RwSignal::new(first);
    let offline = RwSignal::new(None::<String>);
    let ended = RwSignal::new(None);
    let refresh = move || {
        let asked = filter.get_untracked();
        spawn_local(async move {
            let answer = load_queue(asked).await;
            // The page may be gone, or on another tab, when the answer comes.
            if filter.try_get_untracked() != Some(asked) {
                return;
            }
            match answer {
                Ok(news) => {
                    offline.set(None);
                    if queue.with_untracked(|queue| *queue != news) {
                        queue.set(news);
                    }
                }
                Err(error) if error.refusal == Refusal::SignedOut => ended.set(Some(error)),
                Err(error) => offline.set(Some(error.sentence)),
            }
        });
    };
    Effect::new(move |_| poll(REFRESH_EVERY, refresh));
    let counts = Signal::derive(move || queue.with(|queue| queue.counts.clone()));
    let summary = Signal::derive(move || {
        counts.with(|counts| {
            let flagged = StateFilter::Flagged.count(counts);
            let working = StateFilter::InProgress.count(counts);
            match (flagged, working) {
                (0, 0) => "Nothing waits for a reviewer.".to_owned(),
                (flagged, 0) => format!("{flagged} flagged"),
                (flagged, working) => format!("{flagged} flagged, {working} in progress"),
            }
        })
    });
    view! {
        {move || ended.get().map(|error| view! { <ErrorPanel error/> })}
        <QueueHeading summary/>
        <StateTabs chosen=filter counts/>
        <div role="alert">
            {move || offline.get().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
        </div>
        <QueueList latest=Signal::derive(move || queue.with(|queue| queue.calls.clone())) chosen=filter/>
    }
}
