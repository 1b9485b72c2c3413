use leptos::prelude::*;
use supabase_client::call::CallStatus;
use supabase_client::judgement::Verdict;

use crate::wording;

/// The state of a call in its colour.
#[component]
pub fn StatusBadge(
    status: CallStatus,
    /// What people made of an undecided call; it stands instead of the state.
    #[prop(optional_no_strip)]
    settled_as: Option<Verdict>,
    /// In a few words, for lists.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let settled_as = settled_as.filter(|_| status == CallStatus::Undecided);
    let tone = wording::status_tone(settled_as.map_or(status, wording::status_of_verdict));
    let words = match settled_as {
        Some(settled_as) => wording::settled(settled_as),
        None if short => wording::short_status(status),
        None => wording::status(status),
    };
    view! { <span class=format!("status tone-{tone}")>{words}</span> }
}
