use leptos::prelude::*;
use supabase_client::call::CallPage;
use supabase_client::judgement::GivenJudgement;

use crate::components::judgement_entry::JudgementEntry;

/// Every verdict ever given, newest first, and which of them the page shows.
#[component]
pub fn JudgementList(page: RwSignal<CallPage>) -> impl IntoView {
    let judgements = Memo::new(move |_| page.with(|page| page.judgements.clone()));
    let any = Memo::new(move |_| judgements.with(|judgements| !judgements.is_empty()));
    let key = |judgement: &GivenJudgement| (judgement.judgement_id, judgement.shown);
    view! {
        <Show when=move || any.get()>
            <details class="fold">
                <summary>
                    <h2>"Verdicts "<span class="fold-count">{move || judgements.with(Vec::len)}</span></h2>
                </summary>
                <ol class="judgements" role="list">
                    <For each=move || judgements.get() key=key let:judgement>
                        <li><JudgementEntry judgement/></li>
                    </For>
                </ol>
            </details>
        </Show>
    }
}
