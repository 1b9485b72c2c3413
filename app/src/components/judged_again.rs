use leptos::prelude::*;
use supabase_client::judgement::GivenJudgement;

use crate::components::icon::Icon;
use crate::components::moment::Moment;

/// Says that the verdict on the page is an earlier one, and that another is on its way.
#[component]
pub fn JudgedAgain(shown: GivenJudgement) -> impl IntoView {
    view! {
        <p class="notice tone-working" role="status">
            <Icon icon=icondata_lu::LuRotateCw/>
            <span>
                "This call is being judged again. Until that is done the verdict of "
                <Moment moment=shown.judged_at/>" stays shown; this page follows along."
            </span>
        </p>
    }
}
