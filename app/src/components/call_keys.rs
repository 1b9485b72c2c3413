use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::components::comment_list;
use crate::components::keys_help::{Keys, KeysHelp};
use crate::components::player::SKIP_MS;
use crate::components::transcript_search::FIELD_ID;
use crate::flag_cursor::FlagCursor;
use crate::playback::Playback;

/// The keys of the call page, as the help shows them.
const KEYS: [Keys; 13] = [
    (&["Space", "K"], "Play or pause"),
    (&["J", "L"], "Back or forward 5 seconds"),
    (&["N", "P"], "Next or previous flag"),
    (&["C"], "Confirm the chosen flag"),
    (&["X"], "Dismiss the chosen flag"),
    (&["U"], "Take back what was said about it"),
    (&["M"], "Comment at this second"),
    (&["<", ">"], "Slower or faster"),
    (&["S"], "Skip silence, or not"),
    (&["/"], "Search in the transcript"),
    (&["Enter", "Esc"], "Next hit, leave the search"),
    (&["F"], "Back to the playing line"),
    (&["?"], "This help"),
];

/// Listens to the keys of the call page and explains them.
#[component]
pub fn CallKeys() -> impl IntoView {
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let pressed = move |key: &str| {
        match key {
            " " | "k" | "K" => playback.toggle(),
            "j" | "J" => playback.skip(-SKIP_MS),
            "l" | "L" => playback.skip(SKIP_MS),
            "n" | "N" => cursor.play_next(),
            "p" | "P" => cursor.play_previous(),
            "c" | "C" => press(".flag-card[data-current] .verdict-confirm button"),
            "x" | "X" => press(".flag-card[data-current] .verdict-dismiss > summary"),
            "u" | "U" => press(".flag-card[data-current] .take-back button"),
            "m" | "M" => focus_comment(),
            "<" => playback.change_speed(false),
            ">" => playback.change_speed(true),
            "s" | "S" => playback.toggle_skipping(),
            "f" | "F" => playback.following.set(true),
            "/" => focus_search(),
            _ => return false,
        }
        true
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}

/// Presses a control of the page, where it is there.
fn press(selector: &str) {
    if let Ok(Some(control)) = document().query_selector(selector)
        && let Ok(control) = control.dyn_into::<HtmlElement>()
    {
        // A flag that has its verdict keeps the choice folded.
        if let Ok(Some(folded)) = control.closest(".review-change") {
            let _ = folded.set_attribute("open", "");
        }
        control.click();
        let _ = control.focus();
    }
}

fn focus_comment() {
    let field = document().get_element_by_id(comment_list::FIELD_ID);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = field.focus();
    }
}

fn focus_search() {
    if let Some(field) = document()
        .get_element_by_id(FIELD_ID)
        .and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        let _ = field.focus();
        field.select();
    }
}
