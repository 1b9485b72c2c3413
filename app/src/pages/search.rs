use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::components::error_panel::ErrorPanel;
use crate::components::icon::Icon;
use crate::components::search_form::SearchForm;
use crate::components::search_help::{nothing_found, search_help};
use crate::components::search_keys::SearchKeys;
use crate::components::search_result::search_result;
use crate::components::skeleton::Skeleton;
use crate::page_data::page_data;
use crate::server_functions::load_search_choices::load_search_choices;
use crate::server_functions::search_transcripts::{Results, search_transcripts};

/// Search over all transcripts. The whole search is in the address.
#[component]
pub fn SearchPage() -> impl IntoView {
    let location = use_location();
    // The address of the page that is being opened is not searched for.
    let search = Memo::new(move |before: Option<&String>| match location.pathname.get().as_str() {
        "/search" => location.search.get(),
        _ => before.cloned().unwrap_or_default(),
    });
    let choices = page_data(|| (), |()| load_search_choices());
    let results = page_data(move || search.get(), search_transcripts);
    let busy = RwSignal::new(false);
    let summary =
        move || Suspend::new(async move { results.await.map(|results| results.summary).unwrap_or_default() });
    view! {
        <Title text="Search"/>
        <div class="page page-search">
            <div class="page-heading">
                <h1>"Search"</h1>
                // It stays while its text changes, so that the number of hits is told.
                <p class="page-summary" role="status"><Transition>{summary}</Transition></p>
                <SearchKeys/>
            </div>
            <SearchForm choices/>
            <div class="search-results" aria-busy=move || busy.get().then_some("true")>
                <Transition fallback=|| view! { <Skeleton rows=6 label="Searching"/> } set_pending=busy>
                    {move || Suspend::new(async move {
                        match results.await {
                            Ok(results) => found(results),
                            Err(error) => view! { <ErrorPanel error/> }.into_any(),
                        }
                    })}
                </Transition>
            </div>
        </div>
    }
}

fn found(results: Results) -> AnyView {
    let Results { calls, older, newest, cut, problem, .. } = results;
    if let Some(problem) = problem {
        return search_help(problem);
    }
    // The list is put into the page after this.
    Effect::new(|_| request_animation_frame(back_to_the_place));
    let list = if calls.is_empty() {
        nothing_found(cut)
    } else {
        let calls = calls.into_iter().map(search_result).collect_view();
        view! { <ul class="found-list" role="list" aria-label="Calls found">{calls}</ul> }.into_any()
    };
    let pages = (older.is_some() || newest.is_some()).then(|| view! {
        <nav class="search-pages" aria-label="Pages">
            {newest.map(|address| view! {
                <A href=address attr:class="button"><Icon icon=icondata_lu::LuArrowUpToLine/>"Newest calls"</A>
            })}
            {older.map(|address| view! {
                <A href=address attr:class="button">
                    {if cut { "Look further back" } else { "Older calls" }}<Icon icon=icondata_lu::LuArrowRight/>
                </A>
            })}
        </nav>
    });
    view! {
        {list}
        {cut.then(|| view! {
            <p class="notice tone-major" role="note">
                "The search was stopped before it had looked at every call: these words are on very many of them."
            </p>
        })}
        {pages}
    }
    .into_any()
}

/// Coming back from a call, the focus is on what led to it, in view.
fn back_to_the_place() {
    let Ok(hash) = window().location().hash() else { return };
    let Some(id) = hash.strip_prefix('#').filter(|id| id.starts_with("call-")) else { return };
    if let Some(call) = document().get_element_by_id(id)
        && let Ok(Some(link)) = call.query_selector("a")
        && let Ok(link) = link.dyn_into::<HtmlElement>()
    {
        call.scroll_into_view();
        let _ = link.focus();
    }
}
