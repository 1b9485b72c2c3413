use std::time::Duration;

use gloo::timers::callback::Interval;
use leptos::prelude::document;
use web_sys::VisibilityState;

use super::keep;

/// Calls `each` again and again until the current owner ends, but only while the page is visible.
pub fn poll(pause: Duration, each: impl Fn() + 'static) {
    let milliseconds = u32::try_from(pause.as_millis()).unwrap_or(u32::MAX);
    keep(Interval::new(milliseconds, move || {
        if document().visibility_state() == VisibilityState::Visible {
            each();
        }
    }));
}
