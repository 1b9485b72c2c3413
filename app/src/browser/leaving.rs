use gloo::events::EventListener;
use leptos::prelude::{on_cleanup, window};
use leptos::server_fn::ServerFn as _;
use supabase_client::call::CallId;
use web_sys::UrlSearchParams;

use super::keep;
use crate::server_functions::leave_call::LeaveCall;

/// Tells the server that the call is closed when the current owner ends, and when the page itself goes: a beacon is
/// delivered after its page is gone.
pub fn tell_when_left(call_id: CallId) {
    keep(EventListener::new(&window(), "pagehide", move |_| tell(call_id)));
    on_cleanup(move || tell(call_id));
}

fn tell(call_id: CallId) {
    if let Ok(form) = UrlSearchParams::new() {
        form.append("call_id", &call_id.to_string());
        let _ = window().navigator().send_beacon_with_opt_url_search_params(LeaveCall::PATH, Some(&form));
    }
}
