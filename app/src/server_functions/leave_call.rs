use leptos::prelude::*;
use supabase_client::call::CallId;

use crate::server_error::ServerError;

/// Says that the asker has closed the call. Pages send it as a beacon, which outlives them: `browser::leaving`.
#[server(endpoint = "leave_call")]
pub async fn leave_call(call_id: CallId) -> Result<(), ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.leave_call(call_id).await.map_err(|error| asker.answer_to(&error))
}
