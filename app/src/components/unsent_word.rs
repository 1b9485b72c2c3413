use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::outbox::{Outbox, Unsent};
use crate::wording;

/// A word that is on its way, waits for the connection, or was refused: then with the ways out.
pub fn unsent_word(unsent: Unsent, outbox: Outbox) -> AnyView {
    let words = wording::verdict(unsent.word.verdict);
    let reason = unsent.word.reason.clone().map(|reason| view! { <p class="verdict-reason">{reason}</p> });
    let Some(sentence) = unsent.refused.clone() else {
        let state = move || {
            if outbox.waiting.get() {
                "Not sent yet: it is kept here until the connection is back."
            } else {
                "Sending …"
            }
        };
        return view! {
            <div class="verdict">
                <span class="badge tone-none"><Icon icon=icondata_lu::LuCloudUpload/>{words}</span>
                <span role="status">{state}</span>
                {reason}
            </div>
        }
        .into_any();
    };
    let word = unsent.word.clone();
    view! {
        <div class="verdict-refused">
            <p class="notice tone-failed" role="alert">{format!("“{words}” was not kept. {sentence}")}</p>
            {reason}
            <button type="button" class="button small" on:click=move |_| outbox.say_again(&unsent)>"Say it again"</button>
            <button type="button" class="button small quiet" on:click=move |_| outbox.let_go(&word)>"Let it go"</button>
        </div>
    }
    .into_any()
}
