use leptos::prelude::*;
use supabase_client::call::{Review, ReviewVerdict};

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::wording;

/// What somebody decided about a flag or an undecided rule, when, and why.
#[component]
pub fn GivenReview(given: Review) -> impl IntoView {
    let (tone, icon) = match given.verdict {
        ReviewVerdict::Confirmed => ("critical", icondata_lu::LuCheck),
        ReviewVerdict::Dismissed => ("none", icondata_lu::LuX),
        ReviewVerdict::Violation => ("critical", icondata_lu::LuShieldX),
        ReviewVerdict::Pass => ("safe", icondata_lu::LuShieldCheck),
        ReviewVerdict::NotApplicable => ("none", icondata_lu::LuMinus),
        ReviewVerdict::Added => ("critical", icondata_lu::LuFlag),
        ReviewVerdict::Withdrawn => ("none", icondata_lu::LuUndo2),
    };
    view! {
        <div class="verdict">
            <span class=format!("badge tone-{tone}")><Icon icon/>{wording::verdict(given.verdict)}</span>
            <span><Moment moment=given.created_at/></span>
            <span>{given.reviewer_email}</span>
            {given.reason.map(|reason| view! { <p class="verdict-reason">{reason}</p> })}
        </div>
    }
}
