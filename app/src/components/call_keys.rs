use leptos::prelude::*;

use crate::browser::focus::{elements, focus_field};
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
            "m" | "M" => focus_field(comment_list::FIELD_ID),
            "<" => playback.change_speed(false),
            ">" => playback.change_speed(true),
            "s" | "S" => playback.toggle_skipping(),
            "f" | "F" => playback.following.set(true),
            "/" => focus_field(FIELD_ID),
            _ => return false,
        }
        true
    };
    view! { <KeysHelp keys=&KEYS pressed/> }
}

/// Presses a control of the page, where it is there, and goes to it.
fn press(selector: &str) {
    if let Some(control) = elements(selector).first() {
        // A flag that has its verdict keeps the choice folded.
        if let Ok(Some(folded)) = control.closest(".review-change") {
            let _ = folded.set_attribute("open", "");
        }
        control.click();
        let _ = control.focus();
    }
}
