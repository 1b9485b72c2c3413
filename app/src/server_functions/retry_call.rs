use leptos::prelude::*;
use supabase_client::call::CallId;

use crate::server_error::ServerError;

/// Sends one failed call back to the lane that gave it up; the database lets only admins. Answers how many went.
#[server(endpoint = "retry_call")]
pub async fn retry_call(call_id: CallId) -> Result<u32, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.retry_call(call_id).await.map_err(|error| asker.answer_to(&error))?;
    Ok(1)
}
