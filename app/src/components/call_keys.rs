use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::browser::keyboard::on_key;
use crate::components::icon::Icon;
use crate::components::player::SKIP_MS;
use crate::components::transcript_search::FIELD_ID;
use crate::flag_cursor::FlagCursor;
use crate::playback::Playback;

/// The keys of the call page, as the help shows them.
const KEYS: [(&[&str], &str); 10] = [
    (&["Space", "K"], "Play or pause"),
    (&["J", "L"], "Back or forward 5 seconds"),
    (&["N", "P"], "Next or previous flag"),
    (&["C"], "Confirm the chosen flag"),
    (&["X"], "Dismiss the chosen flag"),
    (&["<", ">"], "Slower or faster"),
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
    let help = NodeRef::<Dialog>::new();
    let open_help = move || {
        if let Some(help) = help.get_untracked() {
            let _ = help.show_modal();
        }
    };
    Effect::new(move |_| {
        on_key(move |key| {
            match key {
                " " | "k" | "K" => playback.toggle(),
                "j" | "J" => playback.skip(-SKIP_MS),
                "l" | "L" => playback.skip(SKIP_MS),
                "n" | "N" => cursor.play_next(),
                "p" | "P" => cursor.play_previous(),
                "c" | "C" => press(".flag-card[data-current] .verdict-confirm button"),
                "x" | "X" => press(".flag-card[data-current] .verdict-dismiss > summary"),
                "<" => playback.change_speed(false),
                ">" => playback.change_speed(true),
                "f" | "F" => playback.following.set(true),
                "/" => focus_search(),
                "?" => open_help(),
                _ => return false,
            }
            true
        });
    });
    view! {
        <button type="button" class="button quiet keys-button" on:click=move |_| open_help()>
            <Icon icon=icondata_lu::LuKeyboard/>"Keyboard shortcuts"
        </button>
        <dialog class="keys" node_ref=help aria-labelledby="keys-title">
            <form method="dialog">
                <div class="keys-heading">
                    <h2 id="keys-title">"Keyboard shortcuts"</h2>
                    <button type="submit" class="button round small" aria-label="Close"><Icon icon=icondata_lu::LuX/></button>
                </div>
            </form>
            <dl>
                {KEYS.map(|(keys, meaning)| view! {
                    <div>
                        <dt>{keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view()}</dt>
                        <dd>{meaning}</dd>
                    </div>
                }).collect_view()}
            </dl>
        </dialog>
    }
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

fn focus_search() {
    if let Some(field) = document()
        .get_element_by_id(FIELD_ID)
        .and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        let _ = field.focus();
        field.select();
    }
}
