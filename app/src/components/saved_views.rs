use leptos::form::ActionForm;
use leptos::prelude::*;
use supabase_client::queue::SavedView;

use crate::components::icon::Icon;
use crate::queue_filters::QueueFilters;
use crate::server_functions::delete_view::DeleteView;
use crate::server_functions::save_view::SaveView;

/// Filters that the person keeps: a list that opens them, and a form that keeps the present ones.
#[component]
pub fn SavedViews(
    #[prop(into)] filters: Signal<QueueFilters>,
    #[prop(into)] views: Signal<Vec<SavedView>>,
    save: ServerAction<SaveView>,
    delete: ServerAction<DeleteView>,
) -> impl IntoView {
    let query = move || filters.with(QueueFilters::query);
    let refusal = move || {
        let saving = save.value().get().and_then(Result::err);
        saving.or_else(|| delete.value().get().and_then(Result::err)).map(|error| error.sentence)
    };
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(save.value().get(), Some(Ok(()))) {
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
                <ActionForm action=delete>
                    <input type="hidden" name="view_id" value=view.view_id/>
                    <button type="submit" class="button round small" aria-label=format!("Delete view {}", view.name)>
                        <Icon icon=icondata_lu::LuTrash2/>
                    </button>
                </ActionForm>
            </li>
        }
    };
    view! {
        <details class="queue-views">
            <summary class="button"><Icon icon=icondata_lu::LuBookmark/>"Views"</summary>
            <div class="queue-views-panel">
                <ul role="list" aria-label="Saved views">{move || views.get().into_iter().map(row).collect_view()}</ul>
                {move || views.with(Vec::is_empty).then(|| view! { <p class="facts-row">"Keep filters that you use often under a name."</p> })}
                <ActionForm action=save>
                    <input type="hidden" name="query" value=query/>
                    <label class="field">
                        <span>"Save the present filters as"</span>
                        <input type="text" name="name" required maxlength="100" autocomplete="off"
                            prop:value=name on:input=move |event| name.set(event_target_value(&event))/>
                    </label>
                    <button type="submit" class="button">"Save view"</button>
                </ActionForm>
                <div role="alert">{move || refusal().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}</div>
            </div>
        </details>
    }
}
