//! What only happens in a browser. On the server these functions are compiled and never called:
//! effects and event handlers do not run there.

pub mod frames;
pub mod keyboard;
pub mod local_time;
pub mod poll;

use leptos::prelude::StoredValue;

/// Keeps a listener or timer until the current owner (a component, one run of an effect) ends, and
/// drops it then.
pub fn keep<T: 'static>(value: T) {
    StoredValue::new_local(value);
}

/// Whether the person asked for less movement.
pub fn prefers_reduced_motion() -> bool {
    let query = leptos::prelude::window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
