use leptos::prelude::*;
use supabase_client::call::CallStatus;

use crate::wording;

/// The state of a call, in plain words with a dot of its colour.
#[component]
pub fn StatusBadge(status: CallStatus) -> impl IntoView {
    let tone = wording::status_tone(status);
    view! { <span class=format!("status tone-{tone}")>{wording::status(status)}</span> }
}
