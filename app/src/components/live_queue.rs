use std::time::Duration;

use gloo::events::EventListener;
use leptos::html::A;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_intersection_observer::use_intersection_observer;
use supabase_client::call::CallId;
use supabase_client::queue::{QueuePage, QueueRow, StateCount};
use web_sys::MouseEvent;

use crate::browser::keep;
use crate::browser::poll::poll;
use crate::components::error_panel::ErrorPanel;
use crate::components::queue_list::QueueList;
use crate::components::skeleton::Skeleton;
use crate::queue_filters::QueueFilters;
use crate::server_error::Refusal;
use crate::server_functions::load_queue::{PAGE_SIZE, load_queue};
use crate::{queue_cursor, queue_place};

/// How often an open queue asks for what is new.
const REFRESH_EVERY: Duration = Duration::from_secs(4);

/// So many calls from the top are kept up to date; further down stands what was loaded last.
const KEPT_FRESH: usize = 200;

/// The rows of the queue: they keep themselves up to date, and more come when the end is near.
#[component]
pub fn LiveQueue(
    first: QueuePage,
    filters: Memo<QueueFilters>,
    /// Where the page begins; empty for the top.
    after: Memo<String>,
    /// The tabs' newest counts.
    counts: RwSignal<Option<Vec<StateCount>>>,
) -> impl IntoView {
    let key = (filters.with_untracked(QueueFilters::query), after.get_untracked());
    let queue = RwSignal::new(first);
    let appended = RwSignal::new(Vec::<CallId>::new());
    let offline = RwSignal::new(None::<String>);
    let ended = RwSignal::new(None);
    let loading = RwSignal::new(false);
    let now = RwSignal::new(present_ms());
    let key_of_page = StoredValue::new(key.clone());
    let refresh = move || {
        now.set(present_ms());
        let (query, after) = key_of_page.get_value();
        let loaded = queue.with_untracked(|queue| queue.rows.len());
        let rows = u32::try_from(loaded.min(KEPT_FRESH)).unwrap_or(PAGE_SIZE).max(PAGE_SIZE);
        spawn_local(async move {
            let answer = load_queue(query, after, rows).await;
            // The page may be gone, or have grown, when the answer comes.
            if queue.try_with_untracked(|queue| queue.rows.len()) != Some(loaded) {
                return;
            }
            match answer {
                Ok(news) => {
                    offline.set(None);
                    counts.set(Some(news.counts.clone()));
                    let news = queue.with_untracked(|old| on_top(news, old));
                    if queue.with_untracked(|queue| *queue != news) {
                        queue.set(news);
                    }
                }
                Err(error) if error.refusal == Refusal::SignedOut => ended.set(Some(error)),
                Err(error) => offline.set(Some(error.sentence)),
            }
        });
    };
    let load_more = move || {
        let Some(cursor) = queue.with_untracked(|queue| queue.next) else { return };
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        let (query, _) = key_of_page.get_value();
        spawn_local(async move {
            let answer = load_queue(query, queue_cursor::write(cursor), PAGE_SIZE).await;
            if loading.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(more) => {
                    appended.set(more.rows.iter().map(|row| row.call.call_id).collect());
                    queue.update(|queue| {
                        queue.next = more.next;
                        let new = fresh(&more.rows, &queue.rows);
                        queue.rows.extend(new);
                    });
                }
                Err(error) => offline.set(Some(error.sentence)),
            }
        });
    };
    Effect::new(move |_| {
        poll(REFRESH_EVERY, refresh);
        keep_place(key.clone(), queue);
        // Rows that were kept while a call was open are older than a page that was just loaded.
        refresh();
    });
    let more = NodeRef::<A>::new();
    use_intersection_observer(more, move |entries, _| {
        if entries.iter().any(web_sys::IntersectionObserverEntry::is_intersecting) {
            load_more();
        }
    });
    let next_address = move || {
        let cursor = queue.with(|queue| queue.next).map(queue_cursor::write)?;
        let query = filters.with(QueueFilters::query);
        Some(if query.is_empty() { format!("/?after={cursor}") } else { format!("/?{query}&after={cursor}") })
    };
    let has_more = Memo::new(move |_| queue.with(|queue| queue.next.is_some()));
    view! {
        {move || ended.get().map(|error| view! { <ErrorPanel error/> })}
        <div role="alert">
            {move || offline.get().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
        </div>
        <QueueList latest=Signal::derive(move || queue.with(|queue| queue.rows.clone())) appended filters now/>
        <div class="queue-more">
            {move || has_more.get().then(|| view! {
                <a node_ref=more class="button" href=move || next_address().unwrap_or_default()
                    on:click=move |event: MouseEvent| { event.prevent_default(); load_more(); }>"Load more"</a>
            })}
            {move || loading.get().then(|| view! { <Skeleton rows=2 label="Loading more calls"/> })}
        </div>
    }
}

/// The newest rows, and below them what was loaded further down.
fn on_top(mut news: QueuePage, old: &QueuePage) -> QueuePage {
    if old.rows.len() > news.rows.len() && news.next.is_some() {
        let below = fresh(&old.rows[news.rows.len()..], &news.rows);
        news.rows.extend(below);
        news.next = old.next;
    }
    news
}

/// The rows that are not in a list yet.
fn fresh(rows: &[QueueRow], listed: &[QueueRow]) -> Vec<QueueRow> {
    let is_new = |row: &&QueueRow| !listed.iter().any(|old| old.call.call_id == row.call.call_id);
    rows.iter().filter(is_new).cloned().collect()
}

/// Scrolls to where this queue was left before, and remembers where it is left now.
fn keep_place(key: (String, String), queue: RwSignal<QueuePage>) {
    // Back has changed the address already; a link changes it later, and begins at the top.
    let came_back = window().location().pathname().is_ok_and(|path| path == "/");
    if let Some(scroll) = queue_place::take_scroll(&key).filter(|_| came_back) {
        request_animation_frame(move || window().scroll_to_with_x_and_y(0.0, scroll));
    }
    let scrolled = StoredValue::new(0.0);
    keep(EventListener::new(&window(), "scroll", move |_| {
        scrolled.set_value(window().scroll_y().unwrap_or(0.0));
    }));
    on_cleanup(move || {
        let scroll = scrolled.try_get_value().unwrap_or(0.0);
        if let Some(page) = queue.try_get_untracked() {
            queue_place::keep(key, page, scroll);
        }
    });
}

/// The present moment in milliseconds, on either side.
fn present_ms() -> f64 {
    #[cfg(feature = "ssr")]
    {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds fit a double's 53 bits")]
        let now = chrono::Utc::now().timestamp_millis() as f64;
        now
    }
    #[cfg(not(feature = "ssr"))]
    web_sys::js_sys::Date::now()
}
