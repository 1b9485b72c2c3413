use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::browser::navigate::Navigate;
use crate::components::keys_help::{Keys, KeysHelp};
use crate::components::next_call_button::BUTTON_ID;
use crate::components::queue_filter_form::FORM_ID;

/// The keys of the queue page, as the help shows them.
const KEYS: [Keys; 7] = [
    (&["J", "K"], "Next or previous call"),
    (&["Enter"], "Open the call"),
    (&["N"], "Take the next call to review"),
    (&["F"], "Filters"),
    (&["/"], "Search in all transcripts"),
    (&["1", "8"], "First to last tab"),
    (&["?"], "This help"),
];

/// Listens to the keys of the queue page and explains them.
#[component]
pub fn QueueKeys() -> impl IntoView {
    let navigate = Navigate::find();
    let pressed = move |key: &str| match key {
        "j" | "J" => move_row(1, true),
        "k" | "K" => move_row(-1, true),
        // Outside of the list they scroll the page.
        "ArrowDown" => move_row(1, false),
        "ArrowUp" => move_row(-1, false),
        "n" | "N" => press(&format!("#{BUTTON_ID}")),
        "f" | "F" => toggle_filters(),
        "/" => {
            navigate.to("/search", leptos_router::NavigateOptions::default());
            true
        }
        "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" => press(&format!(".tabs li:nth-child({key}) a")),
        _ => false,
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}

fn elements(selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = document().query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok()).collect()
}

/// Moves the focus from row to row; `from_outside` also into the list.
fn move_row(by: isize, from_outside: bool) -> bool {
    let rows = elements(".call-rows h2 a");
    let focused = document().active_element();
    let here =
        rows.iter().position(|row| focused.as_ref().is_some_and(|focused| focused.is_same_node(Some(row))));
    let next = match here {
        Some(here) => here.saturating_add_signed(by),
        None if from_outside => 0,
        None => return false,
    };
    if let Some(row) = rows.get(next) {
        let _ = row.focus();
    }
    !rows.is_empty()
}

fn press(selector: &str) -> bool {
    let control = elements(selector).into_iter().next();
    if let Some(control) = &control {
        control.click();
    }
    control.is_some()
}

/// Opens the filters and goes to the first, or folds them.
fn toggle_filters() -> bool {
    let Some(details) = document().get_element_by_id(FORM_ID) else { return false };
    if details.has_attribute("open") {
        let _ = details.remove_attribute("open");
    } else {
        let _ = details.set_attribute("open", "");
        if let Some(first) = elements(&format!("#{FORM_ID} select")).first() {
            let _ = first.focus();
        }
    }
    true
}
