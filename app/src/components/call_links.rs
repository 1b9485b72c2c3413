use leptos::prelude::*;
use leptos_use_clipboard::{UseClipboardReturn, use_clipboard};
use supabase_client::call::CallPage;

use crate::call_place;
use crate::components::icon::Icon;
use crate::flag_cursor::FlagCursor;
use crate::playback::Playback;

/// Takes the call elsewhere: a link to the place where the recording stands, the transcript as a file, the whole on paper.
#[component]
pub fn CallLinks(page: RwSignal<CallPage>) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let UseClipboardReturn { copy, copied, .. } = use_clipboard();
    let call = page.with_untracked(|page| format!("/calls/{}", page.call.call_id));
    let printable = format!("{call}/print");
    let files = [("JSON", format!("{call}/transcript.json")), ("WebVTT", format!("{call}/transcript.vtt"))];
    let has_transcript = Memo::new(move |_| page.with(|page| page.has_transcript));
    let copy_link = move |_| {
        let origin = window().location().origin().unwrap_or_default();
        let flag = cursor.current.get_untracked();
        let place = call_place::query(flag.as_deref(), Some(playback.position_ms.get_untracked()));
        copy(&format!("{origin}{call}{place}"));
    };
    // The server answers these addresses, not the app: `external`.
    let files = move || {
        has_transcript.get().then(|| {
            let files = files.clone().into_iter();
            files.map(|(name, href)| view! { <li><a href=href rel="external">{name}</a></li> }).collect_view()
        })
    };
    view! {
        <button type="button" class="button quiet copy-link" title="With the flag and the second" on:click=copy_link>
            <Icon icon=icondata_lu::LuLink/>{move || if copied.get() { "Copied" } else { "Copy link" }}
        </button>
        <details class="call-export" data-menu>
            <summary class="button quiet"><Icon icon=icondata_lu::LuDownload/>"Export"</summary>
            <ul role="list" aria-label="Export">
                {files}
                <li><a href=printable target="_blank">"Print"</a></li>
            </ul>
        </details>
    }
}
