use gloo::events::EventListener;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_use_clipboard::{UseClipboardReturn, use_clipboard};
use supabase_client::call::Review;

use crate::browser::keep;
use crate::call_place;
use crate::components::icon::Icon;
use crate::deciding::Deciding;
use crate::format::clock;
use crate::open_call::OpenCall;
use crate::playback::Playback;
use crate::sent_form::SentForm;
use crate::server_functions::add_flag::AddFlag;
use crate::transcript_words::selected_words;

/// A stretch of the transcript that somebody has selected.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SelectedWords {
    /// Positions among all words, both included.
    first: u32,
    last: u32,
    start_ms: u32,
    text: String,
}

/// What can be done with selected words: add a violation that the judge missed, or copy them as a quote.
#[component]
pub fn SelectionBar() -> impl IntoView {
    let playback = expect_context::<Playback>();
    let selected = RwSignal::new(None::<SelectedWords>);
    Effect::new(move |_| watch_selection(playback, selected));
    let open_call = expect_context::<OpenCall>();
    let deciding = expect_context::<Deciding>();
    let add = SentForm::new(&[AddFlag::PATH]);
    let UseClipboardReturn { copy, copied, .. } = use_clipboard();
    Effect::new(move |_| {
        if let Some(Ok(given)) = add.answer::<Review>() {
            selected.set(None);
            if let Ok(Some(selection)) = window().get_selection() {
                let _ = selection.remove_all_ranges();
            }
            deciding.note(given.flag_id.clone());
            open_call.said(given);
        }
    });
    let words = move |which: fn(&SelectedWords) -> u32| {
        move || selected.with(|selected| selected.as_ref().map(which).unwrap_or_default().to_string())
    };
    let rules = move || {
        let rules = open_call.page.with(|page| page.rules.clone());
        rules.into_iter().map(|rule| view! { <option value=rule.key>{rule.title}</option> }).collect_view()
    };
    let call_id = StoredValue::new(open_call.page.with_untracked(|page| page.call.call_id.to_string()));
    let can_flag = Memo::new(move |_| open_call.page.with(|page| !page.rules.is_empty()));
    let form = move || {
        view! {
            <form method="post" action=AddFlag::PATH class="selection-flag" on:submit=move |event| add.send(event)>
                <input type="hidden" name="call_id" value=call_id.get_value()/>
                <input type="hidden" name="first_word" prop:value=words(|selected| selected.first)/>
                <input type="hidden" name="last_word" prop:value=words(|selected| selected.last)/>
                <select name="rule_key" aria-label="Rule" required>
                    <option value="">"Missed violation of …"</option>
                    {rules}
                </select>
                <input type="text" name="reason" maxlength="500" placeholder="Why (optional)" aria-label="Why"/>
                <button type="submit" class="button small primary" disabled=move || add.pending()>
                    <Icon icon=icondata_lu::LuFlag/>"Add flag"
                </button>
            </form>
        }
    };
    let copy_quote = move |_| {
        if let Some(text) = selected.with_untracked(|selected| selected.as_ref().map(quote)) {
            copy(&text);
        }
    };
    view! {
        <div class="selection-bar" role="group" aria-label="Selected words" hidden=move || selected.with(Option::is_none)>
            <button type="button" class="button small" on:click=copy_quote>
                <Icon icon=icondata_lu::LuCopy/>{move || if copied.get() { "Copied" } else { "Copy quote" }}
            </button>
            <Show when=move || can_flag.get()>{form()}</Show>
            <div role="alert">
                {move || add.refusal().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
            </div>
        </div>
    }
}

/// Keeps in mind which words are selected, as long as the person is not at work with them in the bar.
fn watch_selection(playback: Playback, selected: RwSignal<Option<SelectedWords>>) {
    keep(EventListener::new(&document(), "selectionchange", move |_| {
        let focused = document().active_element();
        let at_work =
            focused.is_some_and(|focused| focused.closest(".selection-bar").ok().flatten().is_some());
        if !at_work {
            let now = read_selection(playback);
            if selected.with_untracked(|before| *before != now) {
                selected.set(now);
            }
        }
    }));
}

fn read_selection(playback: Playback) -> Option<SelectedWords> {
    let text = String::from(window().get_selection().ok()??.to_string());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, last) = selected_words().filter(|_| !text.is_empty())?;
    let start_ms = playback.words.with_untracked(|words| Some(words.as_ref()?.word(first)?.start_ms))?;
    Some(SelectedWords { first, last, start_ms, text })
}

/// The words with their time and a link that leads to them.
fn quote(selected: &SelectedWords) -> String {
    let location = window().location();
    let page =
        format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let place = call_place::query(None, Some(selected.start_ms));
    format!("\u{201c}{}\u{201d} ({}) {page}{place}", selected.text, clock(selected.start_ms))
}
