use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::KeyboardEvent;

use super::keep;

/// Calls `pressed` for every key until the current owner ends, except for keys that belong to a
/// field the person types in, and for the browser's own shortcuts. `true` means that the key was
/// used up.
pub fn on_key(pressed: impl Fn(&str) -> bool + 'static) {
    let options = EventListenerOptions::enable_prevent_default();
    keep(EventListener::new_with_options(&window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let shortcut = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.default_prevented() || shortcut || is_typing() || is_pressing(&event.key()) {
            return;
        }
        if pressed(&event.key()) {
            event.prevent_default();
        }
    }));
}

/// Whether the focus is in a field that takes text or choices, or a dialog is open.
fn is_typing() -> bool {
    let Some(focused) = document().active_element() else { return false };
    let field = focused.matches("textarea, select, input:not([type=range]):not([type=checkbox])");
    field.unwrap_or(false) || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Space presses the button that the keyboard has reached; that is not for the player. A button that was
/// merely clicked before does not count.
fn is_pressing(key: &str) -> bool {
    let focused = document().active_element();
    key == " "
        && focused
            .is_some_and(|focused| focused.matches(":is(button, a, summary):focus-visible").unwrap_or(false))
}
