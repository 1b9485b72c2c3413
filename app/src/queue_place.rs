//! Where somebody was in the queue, for as long as the tab lives: coming back from a call finds the same rows at the
//! same height.

use std::cell::RefCell;

use supabase_client::queue::QueuePage;

use crate::browser::remember::{remember_in_tab, remembered_in_tab};
use crate::queue_filters::QueueFilters;

/// Where the tab keeps the filters, so that a reload of a call keeps the way back.
const FILTERS_KEY: &str = "callscript-queue-filters";

struct Place {
    key: (String, String),
    page: QueuePage,
    scroll: f64,
}

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// Keeps the rows that are loaded under the filters and the beginning in `key`, and how far they are scrolled.
pub fn keep(key: (String, String), page: QueuePage, scroll: f64) {
    PLACE.with_borrow_mut(|place| *place = Some(Place { key, page, scroll }));
}

/// The rows that were loaded when this queue was left.
#[must_use]
pub fn rows(key: &(String, String)) -> Option<QueuePage> {
    PLACE
        .with_borrow(|place| place.as_ref().filter(|place| place.key == *key).map(|place| place.page.clone()))
}

/// How far this queue was scrolled when it was left. It is told once.
#[must_use]
pub fn take_scroll(key: &(String, String)) -> Option<f64> {
    PLACE.with_borrow_mut(|place| place.take_if(|place| place.key == *key).map(|place| place.scroll))
}

/// Keeps the filters of the queue that is open.
pub fn keep_filters(filters: &QueueFilters) {
    remember_in_tab(FILTERS_KEY, &filters.query());
}

/// The filters of the queue that was open last.
#[must_use]
pub fn filters() -> QueueFilters {
    QueueFilters::of_query(&remembered_in_tab(FILTERS_KEY).unwrap_or_default())
}
