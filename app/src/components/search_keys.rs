use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::components::keys_help::{Keys, KeysHelp};
use crate::components::search_form::FIELD_ID;

/// The keys of the search page, as the help shows them.
const KEYS: [Keys; 5] = [
    (&["/"], "To the search field"),
    (&["J", "K"], "Next or previous place"),
    (&["Enter"], "Open the call at that second"),
    (&["Esc"], "Leave the search field"),
    (&["?"], "This help"),
];

/// What J and K walk through, in the order of the page.
const STOPS: &str = ".found-place, .search-pages a";

/// Listens to the keys of the search page and explains them.
#[component]
pub fn SearchKeys() -> impl IntoView {
    let pressed = |key: &str| {
        match key {
            "/" => {
                if let Some(field) = document().get_element_by_id(FIELD_ID)
                    && let Ok(field) = field.dyn_into::<HtmlInputElement>()
                {
                    let _ = field.focus();
                    field.select();
                }
            }
            "j" | "J" => walk(1),
            "k" | "K" => walk(-1),
            _ => return false,
        }
        true
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}

/// Moves the focus along the places; from elsewhere it goes to the first.
fn walk(step: i32) {
    let Ok(stops) = document().query_selector_all(STOPS) else { return };
    let stops: Vec<HtmlElement> =
        (0..stops.length()).filter_map(|at| stops.item(at)?.dyn_into().ok()).collect();
    let focused = document().active_element();
    let at = stops.iter().position(|stop| Some(stop.as_ref()) == focused.as_ref());
    let next = match at {
        None => 0,
        Some(at) if step < 0 => at.saturating_sub(1),
        Some(at) => (at + 1).min(stops.len().saturating_sub(1)),
    };
    if let Some(stop) = stops.get(next) {
        let _ = stop.focus();
    }
}
