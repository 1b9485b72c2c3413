use leptos::prelude::*;

use crate::browser::focus::{focus_field, walk};
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
            "/" => focus_field(FIELD_ID),
            "j" | "J" => _ = walk(STOPS, 1, true),
            "k" | "K" => _ = walk(STOPS, -1, true),
            _ => return false,
        }
        true
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}
