use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast as _;
use web_sys::KeyboardEvent;

use super::keep;

/// Calls `pressed` for every key until the current owner ends, except for keys that belong to a
/// field the person types in, and for the browser's own shortcuts. `true` means that the key was
/// used up.
pub fn on_key(pressed: impl Fn(&str) -> bool + 'static) {
    let walks_by_tab = Rc::new(Cell::new(false));
    let by_pointer = Rc::clone(&walks_by_tab);
    keep(EventListener::new(&window(), "pointerdown", move |_| by_pointer.set(false)));
    let options = EventListenerOptions::enable_prevent_default();
    keep(EventListener::new_with_options(&window(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let key = event.key();
        if key == "Tab" {
            walks_by_tab.set(true);
        }
        // Space presses the button that Tab has reached. One that was merely clicked before does not count.
        let for_the_button = key == " " && walks_by_tab.get() && is_at("button, a, summary");
        let shortcut = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.default_prevented() || shortcut || for_the_button || is_typing() {
            return;
        }
        if pressed(&key) {
            event.prevent_default();
        }
    }));
}

/// Whether the focus is in a field that takes text or choices, or a dialog is open.
fn is_typing() -> bool {
    is_at("textarea, select, input:not([type=range]):not([type=checkbox])")
        || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Whether the focused element matches the selector.
fn is_at(selector: &str) -> bool {
    document().active_element().is_some_and(|focused| focused.matches(selector).unwrap_or(false))
}
