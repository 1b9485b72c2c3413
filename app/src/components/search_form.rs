use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::location::Url;
use supabase_client::search::SearchChoices;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlInputElement, HtmlSelectElement};

use crate::components::icon::Icon;
use crate::local_days::{ZONE, zone_on};
use crate::page_data::PageData;
use crate::server_error::ServerError;

/// The id of the search field, for the key that leads to it.
pub const FIELD_ID: &str = "search-words";
const FORM_ID: &str = "search-form";

const STATES: [(&str, &str); 5] = [
    ("flagged", "Flagged"),
    ("undecided", "Needs a human"),
    ("safe", "Safe"),
    ("in_progress", "In progress"),
    ("failed", "Failed"),
];
const SEVERITIES: [(&str, &str); 3] = [("critical", "Critical"), ("major", "Major"), ("minor", "Minor")];
const FILTERS: [&str; 9] =
    ["state", "severity", "rule", "vertical", "campaign", "publisher", "buyer", "from", "to"];

/// What is looked for, and among which calls. A plain form that works by itself; in the browser a changed filter
/// searches at once, and the address keeps only what is set.
#[component]
pub fn SearchForm(choices: PageData<Result<SearchChoices, ServerError>>) -> impl IntoView {
    let query = use_query_map();
    let value = move |name: &'static str| query.read().get(name).unwrap_or_default();
    let set = Memo::new(move |_| FILTERS.iter().filter(|name| !value(name).is_empty()).count());
    let navigate = use_navigate();
    let search = move || navigate(&address_of_form(), leptos_router::NavigateOptions::default());
    let search_at_once = search.clone();
    let without_filters = move || format!("/search?q={}", Url::escape(&value("q")));
    view! {
        <form class="search-form" id=FORM_ID action="/search" method="get" role="search" aria-label="All transcripts"
            on:submit=move |event| {
                event.prevent_default();
                search();
            }
            on:change=move |event| {
                // The words are sent with Enter; a field that is merely left sends nothing.
                if event.target().is_some_and(|field| field.dyn_ref::<HtmlInputElement>().is_none_or(|field| field.id() != FIELD_ID)) {
                    search_at_once();
                }
            }>
            <div class="search-words">
                <div class="search-words-field">
                    <Icon icon=icondata_lu::LuSearch/>
                    <input type="search" id=FIELD_ID name="q" aria-label="Words spoken on calls"
                        placeholder="Words or \"a phrase\""
                        autocomplete="off" spellcheck="false" enterkeyhint="search" maxlength="1000"
                        autofocus=value("q").is_empty()
                        value=value("q") prop:value=move || value("q")
                        on:keydown:target=move |event| if event.key() == "Escape" {
                            event.prevent_default();
                            let _ = event.target().blur();
                        }/>
                    <kbd class="search-key" aria-hidden="true">"/"</kbd>
                </div>
                <button type="submit" class="button primary">"Search"</button>
            </div>
            <details class="search-filters">
                <summary>
                    <Icon icon=icondata_lu::LuListFilter/>"Filters"
                    {move || (set.get() > 0).then(|| view! { <span class="search-filters-set">{set.get()}" set"</span> })}
                </summary>
                <div class="search-filters-fields">
                    {choice("State", "state", pairs(&STATES), value)}
                    {choice("Severity", "severity", pairs(&SEVERITIES), value)}
                    <Suspense>
                        {move || Suspend::new(async move {
                            let choices = choices.await.unwrap_or_default();
                            let named = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), name)).collect();
                            let keyed = |choices: Vec<supabase_client::choice::Choice>| {
                                choices.into_iter().map(|choice| (choice.key, choice.title)).collect()
                            };
                            view! {
                                {choice("Rule", "rule", keyed(choices.rules), value)}
                                {choice("Vertical", "vertical", keyed(choices.verticals), value)}
                                {choice("Campaign", "campaign", named(choices.campaigns), value)}
                                {choice("Publisher", "publisher", named(choices.publishers), value)}
                                {choice("Buyer", "buyer", named(choices.buyers), value)}
                            }
                            .into_any()
                        })}
                    </Suspense>
                    {day("From", "from", value)}
                    {day("Until", "to", value)}
                    {move || (set.get() > 0).then(|| view! {
                        <A href=without_filters attr:class="button quiet search-filters-clear">"Clear filters"</A>
                    })}
                </div>
            </details>
        </form>
    }
}

fn pairs(choices: &[(&str, &str)]) -> Vec<(String, String)> {
    choices.iter().map(|(key, title)| ((*key).to_owned(), (*title).to_owned())).collect()
}

/// One choice among calls. A value that is not among the choices, as a shared address may hold it, is added.
fn choice(
    label: &'static str,
    name: &'static str,
    mut choices: Vec<(String, String)>,
    value: impl Fn(&'static str) -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    let chosen = untrack(move || value(name));
    if !chosen.is_empty() && choices.iter().all(|(key, _)| *key != chosen) {
        choices.push((chosen.clone(), chosen.clone()));
    }
    let options = choices.into_iter().map(|(key, title)| {
        let is_chosen = key == chosen;
        let own_key = key.clone();
        view! { <option value=key selected=is_chosen prop:selected=move || value(name) == own_key>{title}</option> }.into_any()
    });
    view! {
        <div class="field">
            <label r#for=field_id(name)>{label}</label>
            <select id=field_id(name) name=name>
                <option value="" prop:selected=move || value(name).is_empty()>"Any"</option>
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

fn field_id(name: &str) -> String {
    format!("search-{name}")
}

/// The first or last day on which a call may have begun.
fn day(
    label: &'static str,
    name: &'static str,
    value: impl Fn(&'static str) -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    view! {
        <div class="field">
            <label r#for=field_id(name)>{label}</label>
            <input type="date" id=field_id(name) name=name value=value(name) prop:value=move || value(name)/>
        </div>
    }
    .into_any()
}

/// The address of what the form holds. Days are the viewer's own, so their zone goes with them.
fn address_of_form() -> String {
    let mut address = String::from("/search?");
    let mut add = |name: &str, value: &str| {
        if !address.ends_with('?') {
            address.push('&');
        }
        address.push_str(name);
        address.push('=');
        address.push_str(&Url::escape(value));
    };
    let mut zone = String::new();
    let fields = document().query_selector_all(&format!("#{FORM_ID} [name]")).ok();
    for field in fields.iter().flat_map(|fields| (0..fields.length()).filter_map(|at| fields.item(at))) {
        let (name, value) = match field.dyn_into::<HtmlInputElement>() {
            Ok(input) => (input.name(), input.value()),
            Err(field) => match field.dyn_into::<HtmlSelectElement>() {
                Ok(select) => (select.name(), select.value()),
                Err(_) => continue,
            },
        };
        if !value.trim().is_empty() {
            if matches!(name.as_str(), "from" | "to") {
                zone = zone_on(value.trim());
            }
            add(&name, value.trim());
        }
    }
    if !zone.is_empty() {
        add(ZONE, &zone);
    }
    address
}
