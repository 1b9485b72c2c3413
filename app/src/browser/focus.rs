//! Moving the focus, and pressing what it would reach.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement};

/// What a selector finds, in the order of the page.
pub fn elements(selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = document().query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok()).collect()
}

/// Goes to the first element of a selector, where there is one.
pub fn focus_first(selector: &str) {
    if let Some(element) = elements(selector).first() {
        let _ = element.focus();
    }
}

/// Presses the first element of a selector. Tells whether there was one.
pub fn press_first(selector: &str) -> bool {
    let control = elements(selector).into_iter().next();
    if let Some(control) = &control {
        control.click();
    }
    control.is_some()
}

/// Goes to a field and selects what is written in it.
pub fn focus_field(id: &str) {
    let Some(field) = document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlElement>().ok())
    else {
        return;
    };
    let _ = field.focus();
    if let Some(field) = field.dyn_ref::<HtmlInputElement>() {
        field.select();
    }
}

/// Moves the focus along the elements of a selector, and stays at their ends; from elsewhere to the first of them, but
/// only `from_outside`. Tells whether it had anything to do.
pub fn walk(selector: &str, by: isize, from_outside: bool) -> bool {
    let stops = elements(selector);
    let focused = document().active_element();
    let here = stops
        .iter()
        .position(|stop| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(stop))));
    let next = match here {
        Some(here) => here.saturating_add_signed(by),
        None if from_outside => 0,
        None => return false,
    };
    if let Some(stop) = stops.get(next) {
        let _ = stop.focus();
    }
    !stops.is_empty()
}
