use leptos::prelude::*;

use crate::browser::focus::{focus_first, press_first, walk};
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

/// What J and K walk through.
const ROWS: &str = ".call-rows h2 a";

/// Listens to the keys of the queue page and explains them.
#[component]
pub fn QueueKeys() -> impl IntoView {
    let navigate = Navigate::find();
    let pressed = move |key: &str| match key {
        "j" | "J" => walk(ROWS, 1, true),
        "k" | "K" => walk(ROWS, -1, true),
        // Outside of the list they scroll the page.
        "ArrowDown" => walk(ROWS, 1, false),
        "ArrowUp" => walk(ROWS, -1, false),
        "n" | "N" => press_first(&format!("#{BUTTON_ID}")),
        "f" | "F" => toggle_filters(),
        "/" => {
            navigate.to("/search", leptos_router::NavigateOptions::default());
            true
        }
        "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" => press_first(&format!(".tabs li:nth-child({key}) a")),
        _ => false,
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}

/// Opens the filters and goes to the first, or folds them.
fn toggle_filters() -> bool {
    let Some(details) = document().get_element_by_id(FORM_ID) else { return false };
    if details.has_attribute("open") {
        let _ = details.remove_attribute("open");
    } else {
        let _ = details.set_attribute("open", "");
        focus_first(&format!("#{FORM_ID} select"));
    }
    true
}
