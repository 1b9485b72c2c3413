use leptos::prelude::*;
use supabase_client::queue::QueueChoices;

use crate::components::icon::Icon;
use crate::queue_filters::QueueFilters;
use crate::wording;

/// The filters that are set beside the tab; each can be taken away.
#[component]
pub fn QueueChips(
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] choices: Signal<QueueChoices>,
) -> impl IntoView {
    let chips = move || filters.with(QueueFilters::beside_state);
    view! {
        <ul class="chips" role="list" aria-label="Active filters" hidden=move || chips().is_empty()>
            {move || chips().into_iter().map(|(name, label, value)| {
                let shown = choices.with(|choices| shown_value(name, &value, choices));
                let without = filters.with(|filters| filters.with(name, "").address());
                view! {
                    <li>
                        <a class="chip" href=without data-noscroll="true" aria-label=format!("Remove filter {label}: {shown}")>
                            <span class="chip-name">{label}</span>{shown.clone()}<Icon icon=icondata_lu::LuX/>
                        </a>
                    </li>
                }
            }).collect_view()}
            {move || (chips().len() > 1).then(|| {
                let state = filters.with(|filters| filters.get("state").unwrap_or_default().to_owned());
                let address = QueueFilters::default().with("state", &state).address();
                view! { <li><a class="chips-clear" href=address data-noscroll="true">"Clear filters"</a></li> }
            })}
        </ul>
    }
}

/// A filter's value in the words of the page.
#[must_use]
pub fn shown_value(name: &str, value: &str, choices: &QueueChoices) -> String {
    match name {
        "severity" => {
            let mut word = value.to_owned();
            if let Some(first) = word.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            word
        }
        "rule" => choices
            .rules
            .iter()
            .find(|rule| rule.key == value)
            .map_or_else(|| value.to_owned(), |rule| rule.title.clone()),
        "vertical" => wording::vertical_name(value),
        _ => value.to_owned(),
    }
}
