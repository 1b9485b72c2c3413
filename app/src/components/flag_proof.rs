use leptos::prelude::*;
use supabase_client::flag::{Flag, Proof};

use crate::components::icon::Icon;
use crate::wording;

/// What a reviewer has to know about a quote before deciding; nothing where it stands word for word in a
/// sound transcript.
#[component]
pub fn FlagProof(flag: Flag) -> impl IntoView {
    let approximate = flag.proof == Proof::Approximate && !flag.quote.is_empty();
    view! {
        {approximate.then(|| view! {
            <p class="flag-card-proof" title="The quote is the transcript's; the judge wrote it with small differences.">
                {wording::proof(flag.proof)}
            </p>
        })}
        {flag.doubtful.then(|| view! {
            <p class="flag-card-doubt tone-major">
                <Icon icon=icondata_lu::LuEar/>"Unsure recognition: listen before you decide"
            </p>
        })}
    }
}
