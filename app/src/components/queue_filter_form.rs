use leptos::prelude::*;
use leptos_router::NavigateOptions;
use supabase_client::queue::QueueChoices;

use crate::browser::navigate::Navigate;
use crate::components::icon::Icon;
use crate::components::queue_chips::shown_value;
use crate::local_days::{ZONE, zone_on};
use crate::queue_filters::{NAMES, QueueFilters};

/// The id of the folded form, which a key opens.
pub const FORM_ID: &str = "queue-filters";

/// The filters as a form. Without JavaScript it is sent; with it each choice counts at once.
#[component]
pub fn QueueFilterForm(
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] choices: Signal<QueueChoices>,
) -> impl IntoView {
    let navigate = Navigate::find();
    let change = move |name: &'static str, value: String| {
        let mut next = filters.with_untracked(|filters| filters.with(name, &value));
        if matches!(name, "from" | "to") {
            next = next.with(ZONE, &zone_on(&value));
        }
        let options = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        navigate.to(&next.address(), options);
    };
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let set = move || filters.with(|filters| filters.beside_state().len());
    let select = move |name: &'static str| {
        let label = label_of(name);
        let value = move || filters.with(|filters| filters.get(name).unwrap_or_default().to_owned());
        let options = move || {
            let mut values = choices.with(|choices| offered(name, choices));
            let chosen = value();
            // An address may name what is not offered any more.
            if !chosen.is_empty() && !values.contains(&chosen) {
                values.push(chosen.clone());
            }
            let options = values.into_iter().map(|value| {
                let shown = choices.with(|choices| shown_value(name, &value, choices));
                view! { <option value=value.clone() selected=value == chosen>{shown}</option> }
            });
            options.collect_view()
        };
        view! {
            <label class="field">
                <span>{label}</span>
                <select name=name prop:value=value on:change=move |event| change(name, event_target_value(&event))>
                    <option value="">"Any"</option>
                    {options}
                </select>
            </label>
        }
        .into_any()
    };
    let day = move |name: &'static str| {
        let value = move || filters.with(|filters| filters.get(name).unwrap_or_default().to_owned());
        view! {
            <label class="field">
                <span>{label_of(name)}</span>
                <input type="date" name=name value=value prop:value=value
                    on:change=move |event| change(name, event_target_value(&event))/>
            </label>
        }
        .into_any()
    };
    view! {
        <details class="queue-filters" id=FORM_ID>
            <summary class="button">
                <Icon icon=icondata_lu::LuSlidersHorizontal/>"Filters"
                {move || (set() > 0).then(|| view! { <span class="count" aria-label=move || format!("{} set", set())>{set()}</span> })}
            </summary>
            <form method="get" action="/" class="queue-filter-fields" aria-label="Filters" on:submit=move |event| event.prevent_default()>
                {move || filters.with(|filters| filters.get("state").map(str::to_owned)).map(|state| view! {
                    <input type="hidden" name="state" value=state/>
                })}
                {["severity", "rule", "vertical", "campaign", "publisher", "buyer", "reviewer"].map(select).collect_view()}
                {["from", "to"].map(day).collect_view()}
                <button type="submit" class="button primary" hidden=move || alive.get()>"Apply"</button>
            </form>
        </details>
    }
}

fn label_of(name: &str) -> &'static str {
    NAMES.iter().find(|(given, _)| *given == name).map_or("", |(_, label)| *label)
}

fn offered(name: &str, choices: &QueueChoices) -> Vec<String> {
    match name {
        "severity" => ["critical", "major", "minor"].map(str::to_owned).to_vec(),
        "rule" => choices.rules.iter().map(|rule| rule.key.clone()).collect(),
        "vertical" => choices.verticals.clone(),
        "campaign" => choices.campaigns.clone(),
        "publisher" => choices.publishers.clone(),
        "buyer" => choices.buyers.clone(),
        "reviewer" => choices.reviewers.clone(),
        _ => Vec::new(),
    }
}
