use leptos::prelude::*;
use supabase_client::call::{CallPage, CallStatus};

use crate::wording;

/// All that can be done, with `#` for the call's number. As text, and sent as plain forms: whoever needs them may wait for
/// the page to come anew, and elements made one by one are code that every browser would load.
const FORMS: &str = "\
<form method=post action=/api/act_on_calls class=of-failed>\
<input type=hidden name=act value=retry><input type=hidden name=calls[] value=#>\
<button class=button>Try again</button></form>\
<form method=post action=/api/act_on_calls class=of-held>\
<input type=hidden name=act value=release><input type=hidden name=calls[] value=#>\
<button class=button>Take back</button></form>\
<form method=post action=/api/act_on_calls class=\"of-waiting of-held\">\
<input type=hidden name=act value=fail><input type=hidden name=calls[] value=#>\
<input type=text name=reason maxlength=2000 required aria-label=\"Reason for giving up\" placeholder=\"Reason for giving up\">\
<button class=\"button quiet\">Give up</button></form>";

/// What an admin can do by hand with a call that is not through: try it again, take it back, give it up. All forms are
/// there from the beginning, and its state says which are shown.
#[component]
pub fn ByHand(page: RwSignal<CallPage>) -> impl IntoView {
    let forms = page.with_untracked(|page| FORMS.replace('#', &page.call.call_id.to_string()));
    let stands = Memo::new(move |_| page.with(|page| stands(page.call.status)));
    view! { <section class=stands aria-label="By hand" inner_html=forms></section> }
}

fn stands(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Failed => "by-hand by-hand-failed",
        CallStatus::Downloading | CallStatus::Processing | CallStatus::Judging => "by-hand by-hand-held",
        status if wording::in_work(status) => "by-hand by-hand-waiting",
        _ => "by-hand by-hand-done",
    }
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    use super::*;
    use crate::server_functions::act_on_calls::ActOnCalls;

    #[test]
    fn the_forms_lead_to_the_server_function() {
        let actions = FORMS.matches(&format!(" action={} ", ActOnCalls::PATH)).count();
        assert_eq!((actions, FORMS.matches("<form ").count()), (3, 3));
    }
}
