use leptos::prelude::*;

/// Grey shapes where content is about to be.
#[component]
pub fn Skeleton(
    /// How many rows are to be expected.
    rows: usize,
    /// What is loading, for those who cannot see the shapes.
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label=label>
            {(0..rows).map(|_| view! { <div class="skeleton-row"><span></span><span></span></div> }).collect_view()}
        </div>
    }
}
