use leptos::prelude::*;
use supabase_client::call::Review;

use crate::components::given_review::GivenReview;

/// Everything that people said about a flag or a rule, newest first; nothing as long as there is only what counts.
pub fn review_history(kept: &[Review]) -> AnyView {
    if kept.len() < 2 {
        return ().into_any();
    }
    let entries = kept.iter().cloned().map(|given| view! { <li><GivenReview given/></li> });
    view! {
        <details class="review-history">
            <summary>{format!("History of {} verdicts", kept.len())}</summary>
            <ol role="list">{entries.collect_view()}</ol>
        </details>
    }
    .into_any()
}
