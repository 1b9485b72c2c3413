use leptos::prelude::*;

use crate::browser::focus::{elements, focus_field, focus_first, press_first};
use crate::browser::word_forms::fill;
use crate::components::comment_list;
use crate::components::keys_help::{Keys, KeysHelp};
use crate::components::next_call_button::BUTTON_ID;
use crate::components::player::SKIP_MS;
use crate::components::transcript_search::FIELD_ID;
use crate::deciding::Deciding;
use crate::flag_cursor::FlagCursor;
use crate::playback::Playback;

/// The keys of the call page, as the help shows them.
const KEYS: [Keys; 15] = [
    (&["Space", "K"], "Play or pause"),
    (&["J", "L"], "Back or forward 5 seconds"),
    (&[",", "."], "Previous or next flag"),
    (&["C"], "Confirm the chosen flag"),
    (&["1", "2", "3"], "Dismiss it for the first, second or third reason"),
    (&["X"], "Dismiss it for another reason"),
    (&["U"], "Take back what you said last"),
    (&["N"], "Next call"),
    (&["M"], "Comment at this second"),
    (&["<", ">"], "Slower or faster"),
    (&["S"], "Skip silence, or not"),
    (&["/"], "Search in the transcript"),
    (&["Enter", "Esc"], "Next hit, leave the search"),
    (&["F"], "Back to the playing line"),
    (&["?"], "This help"),
];

/// Where the chosen flag is decided. One that has its verdict keeps the choice folded, and is not decided again by
/// accident.
const CHOICE: &str = ":is(.flag-card[data-current] > .flag-card-review > .verdict-choice, .flag-card[data-current] .review-change[open])";

/// Listens to the keys of the call page and explains them.
#[component]
pub fn CallKeys() -> impl IntoView {
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let deciding = expect_context::<Deciding>();
    let pressed = move |key: &str| {
        match key {
            " " | "k" | "K" => playback.toggle(),
            "j" | "J" => playback.skip(-SKIP_MS),
            "l" | "L" => playback.skip(SKIP_MS),
            "." => cursor.play_next(),
            "," => cursor.play_previous(),
            "c" | "C" => _ = press_first(&format!("{CHOICE} .verdict-confirm")),
            "1" | "2" | "3" => {
                for choice in elements(CHOICE) {
                    fill(&choice);
                }
                _ = press_first(&format!("{CHOICE} .verdict-given-reason button:nth-of-type({key})"));
            }
            "x" | "X" => open_reasons(),
            "u" | "U" => {
                if !deciding.take_back_last() {
                    press_first(".flag-card[data-current] .take-back");
                }
            }
            "n" | "N" => _ = press_first(&format!("#{BUTTON_ID}")),
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

/// Unfolds the reasons for dismissing the chosen flag and goes to the first.
fn open_reasons() {
    // The one may hold the other.
    for fold in [".review-change", ".verdict-dismiss"] {
        for fold in elements(&format!(".flag-card[data-current] {fold}")) {
            let _ = fold.set_attribute("open", "");
            fill(&fold);
        }
    }
    focus_first(".flag-card[data-current] .verdict-given-reason button");
}
