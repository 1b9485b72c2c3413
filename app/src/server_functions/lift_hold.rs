use leptos::prelude::*;
use supabase_client::call::CallId;

use crate::server_error::ServerError;

/// Lifts the legal hold of a call; the database lets only admins. Answers which call it was.
#[server(endpoint = "lift_hold")]
pub async fn lift_hold(call_id: CallId, reason: String) -> Result<CallId, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.lift_hold(call_id, &reason).await.map_err(|error| asker.answer_to(&error))?;
    Ok(call_id)
}
