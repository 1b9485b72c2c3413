use std::time::Duration;

use leptos::prelude::document;
use leptos_use_interval_fn::use_interval_fn;
use web_sys::VisibilityState;

/// Calls `each` again and again until the current owner ends, but only while the page is visible.
pub fn poll(pause: Duration, each: impl Fn() + Clone + 'static) {
    poll_while(VisibilityState::Visible, pause, each);
}

/// The same, but only while the page is hidden.
pub fn poll_hidden(pause: Duration, each: impl Fn() + Clone + 'static) {
    poll_while(VisibilityState::Hidden, pause, each);
}

fn poll_while(state: VisibilityState, pause: Duration, each: impl Fn() + Clone + 'static) {
    let milliseconds = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    use_interval_fn(
        move || {
            if document().visibility_state() == state {
                each();
            }
        },
        milliseconds,
    );
}
