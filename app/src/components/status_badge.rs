use leptos::prelude::*;
use supabase_client::call::CallStatus;

use crate::wording;

/// The state of a call in its colour.
#[component]
pub fn StatusBadge(
    status: CallStatus,
    /// In two words at most, for lists.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let tone = wording::status_tone(status);
    let words = if short { wording::short_status(status) } else { wording::status(status) };
    view! { <span class=format!("status tone-{tone}")>{words}</span> }
}
