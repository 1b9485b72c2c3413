use leptos::prelude::*;
use supabase_client::call::CallPage;

use crate::components::given_review::GivenReview;

/// Everything that people said about a flag or a rule, newest first; nothing as long as there is only what counts.
#[component]
pub fn ReviewHistory(subject: StoredValue<String>, page: RwSignal<CallPage>) -> impl IntoView {
    let said = Memo::new(move |_| {
        page.with(|page| {
            let about = |id: &String| subject.with_value(|subject| id == subject);
            page.reviews.iter().filter(|review| about(&review.flag_id)).cloned().collect::<Vec<_>>()
        })
    });
    move || {
        (said.with(Vec::len) > 1).then(|| {
            let said = said.get().into_iter().map(|given| view! { <li><GivenReview given/></li> });
            view! {
                <details class="review-history">
                    <summary>{format!("History of {} verdicts", said.len())}</summary>
                    <ol role="list">{said.collect_view()}</ol>
                </details>
            }
        })
    }
}
