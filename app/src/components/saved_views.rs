use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::queue::SavedView;

use crate::components::icon::Icon;
use crate::queue_filters::QueueFilters;
use crate::sent_form::SentForm;
use crate::server_functions::delete_view::DeleteView;
use crate::server_functions::save_view::SaveView;

/// Filters that the person keeps: a list that opens them, and a form that keeps the present ones.
#[component]
pub fn SavedViews(
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] views: Signal<Vec<SavedView>>,
    save: SentForm,
    delete: SentForm,
) -> impl IntoView {
    let query = move || filters.with(QueueFilters::query);
    let refusal = move || save.refusal().or_else(|| delete.refusal());
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(save.answer(), Some(Ok(()))) {
            name.set(String::new());
        }
    });
    let row = move |view: SavedView| {
        let here = {
            let kept = view.query.clone();
            move || (query() == kept).then_some("page")
        };
        let address = if view.query.is_empty() { "/".to_owned() } else { format!("/?{}", view.query) };
        view! {
            <li>
                <a href=address data-noscroll="true" aria-current=here>{view.name.clone()}</a>
                <form method="post" action=DeleteView::PATH on:submit=move |event| delete.send(event)>
                    <input type="hidden" name="view_id" value=view.view_id/>
                    <button type="submit" class="button round small" aria-label=format!("Delete view {}", view.name)>
                        <Icon icon=icondata_lu::LuTrash2/>
                    </button>
                </form>
            </li>
        }
    };
    view! {
        <details class="queue-views" data-menu>
            <summary class="button"><Icon icon=icondata_lu::LuBookmark/>"Views"</summary>
            <div class="queue-views-panel">
                <ul role="list" aria-label="Saved views">{move || views.get().into_iter().map(row).collect_view()}</ul>
                {move || views.with(Vec::is_empty).then(|| view! { <p class="facts-row">"Keep filters that you use often under a name."</p> })}
                <form method="post" action=SaveView::PATH on:submit=move |event| save.send(event)>
                    <input type="hidden" name="query" value=query/>
                    <label class="field">
                        <span>"Save the present filters as"</span>
                        <input type="text" name="name" required maxlength="100" autocomplete="off"
                            prop:value=name on:input=move |event| name.set(event_target_value(&event))/>
                    </label>
                    <button type="submit" class="button">"Save view"</button>
                </form>
                <div role="alert">{move || refusal().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}</div>
            </div>
        </details>
    }
}
