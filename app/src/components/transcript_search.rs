use leptos::html::Input;
use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::transcript_hits::Hit;

/// The id of the search field, for the key that leads to it.
pub const FIELD_ID: &str = "transcript-search";

/// What is searched for in the transcript, where it stands, and which place is shown.
#[derive(Clone, Copy)]
pub struct Search {
    pub query: RwSignal<String>,
    pub hits: Memo<Vec<Hit>>,
    /// Position of the shown hit among all hits.
    pub shown: RwSignal<usize>,
}

impl Search {
    #[must_use]
    pub fn is_on(self) -> bool {
        self.query.with(|query| !query.trim().is_empty())
    }

    fn show_next(self) {
        self.show(|shown, hits| (shown + 1) % hits);
    }

    fn show_previous(self) {
        self.show(|shown, hits| (shown + hits - 1) % hits);
    }

    fn show(self, which: impl Fn(usize, usize) -> usize) {
        let hits = self.hits.with_untracked(Vec::len);
        if hits > 0 {
            self.shown.update(|shown| *shown = which(*shown, hits));
        }
    }
}

/// The search field: marks as one types, Enter and Shift+Enter walk through the hits, Escape leaves.
#[component]
pub fn TranscriptSearch(search: Search) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let count = move || {
        if !search.is_on() {
            return String::new();
        }
        match search.hits.with(Vec::len) {
            0 => "No hits".to_owned(),
            hits => format!("{} of {hits}", search.shown.get().min(hits - 1) + 1),
        }
    };
    let none = move || search.hits.with(Vec::is_empty);
    view! {
        <div class="search" role="search">
            <div class="search-field">
                <Icon icon=icondata_lu::LuSearch/>
                <input type="search" id=FIELD_ID node_ref=field aria-label="Search in transcript" placeholder="Search in transcript"
                    autocomplete="off" spellcheck="false" enterkeyhint="search"
                    prop:value=move || search.query.get()
                    on:input:target=move |event| {
                        search.shown.set(0);
                        search.query.set(event.target().value());
                    }
                    on:keydown=move |event| match event.key().as_str() {
                        "Enter" => {
                            event.prevent_default();
                            if event.shift_key() { search.show_previous() } else { search.show_next() }
                        }
                        "Escape" => {
                            event.prevent_default();
                            search.query.set(String::new());
                            if let Some(field) = field.get_untracked() {
                                let _ = field.blur();
                            }
                        }
                        _ => {}
                    }/>
                <kbd class="search-key" aria-hidden="true">"/"</kbd>
            </div>
            <output class="search-count" aria-live="polite">{count}</output>
            <Show when=move || search.is_on()>
                <button type="button" class="button round small" aria-label="Previous hit" disabled=none on:click=move |_| search.show_previous()>
                    <Icon icon=icondata_lu::LuChevronUp/>
                </button>
                <button type="button" class="button round small" aria-label="Next hit" disabled=none on:click=move |_| search.show_next()>
                    <Icon icon=icondata_lu::LuChevronDown/>
                </button>
            </Show>
        </div>
    }
}
