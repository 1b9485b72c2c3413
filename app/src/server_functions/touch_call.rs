use leptos::prelude::*;
use supabase_client::call::{CallId, CallPage};

use crate::server_error::ServerError;

/// Says that the asker has the call open, and asks how it stands now; the answer leaves the transcript out.
#[server(endpoint = "touch_call")]
pub async fn touch_call(call_id: CallId) -> Result<CallPage, ServerError> {
    use crate::server_error::Refusal;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let page = api.touch_call(call_id).await.map_err(|error| asker.answer_to(&error))?;
    page.ok_or_else(|| asker.refuse(Refusal::NotFound))
}
