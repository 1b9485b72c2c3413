use leptos::prelude::*;
use supabase_client::call::{CallId, CallStatus};

use crate::server_error::ServerError;

/// Has a call judged again under the present rules; the database lets only admins.
#[server(endpoint = "rejudge_call")]
pub async fn rejudge_call(call_id: CallId) -> Result<CallStatus, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.rejudge_call(call_id).await.map_err(|error| asker.answer_to(&error))
}
