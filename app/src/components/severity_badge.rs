use leptos::prelude::*;
use supabase_client::flag::Severity;

use crate::wording;

/// How grave a violation is, in a word and a colour.
#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    let tone = wording::severity_tone(severity);
    view! { <span class=format!("badge severity tone-{tone}")>{wording::severity(severity)}</span> }
}
