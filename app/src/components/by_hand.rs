use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::{CallId, CallPage, CallStatus};

use crate::components::told::told;
use crate::sent_form::SentForm;
use crate::server_functions::act_on_calls::ActOnCalls;
use crate::wording;

/// What an admin can do by hand with a call that is not through: try it again, take it back, give it up. All forms are
/// there from the beginning, and its state says which are shown.
#[component]
pub fn ByHand(page: RwSignal<CallPage>) -> impl IntoView {
    let sent = SentForm::new(&[ActOnCalls::PATH]);
    let call_id = page.with_untracked(|page| page.call.call_id);
    let stands = Memo::new(move |_| page.with(|page| stands(page.call.status)));
    view! {
        <section class=move || format!("by-hand by-hand-{}", stands.get()) aria-label="By hand"
            on:submit=move |event| sent.send(event)>
            <div class="by-hand-forms" inner_html=forms(call_id)></div>
            <div role="status">{move || told(sent)}</div>
        </section>
    }
}

fn stands(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Failed => "failed",
        CallStatus::Downloading | CallStatus::Processing | CallStatus::Judging => "held",
        status if wording::in_work(status) => "waiting",
        _ => "done",
    }
}

/// As HTML: they never change, and elements made one by one are code that every browser would load.
fn forms(call_id: CallId) -> String {
    let form = |class: &str, act: &str, rest: &str| {
        format!(
            "<form method=\"post\" action=\"{}\" class=\"{class}\"><input type=\"hidden\" name=\"act\" value=\"{act}\">\
             <input type=\"hidden\" name=\"calls[]\" value=\"{call_id}\">{rest}</form>",
            ActOnCalls::PATH
        )
    };
    [
        form("of-failed", "retry", "<button class=\"button\">Try again</button>"),
        form("of-held", "release", "<button class=\"button\">Take back</button>"),
        form(
            "of-waiting of-held",
            "fail",
            "<input type=\"text\" name=\"reason\" maxlength=\"2000\" required placeholder=\"Reason for giving up\" \
             aria-label=\"Reason for giving up\"><button class=\"button quiet\">Give up</button>",
        ),
    ]
    .concat()
}
