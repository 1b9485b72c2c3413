use leptos::prelude::*;
use supabase_client::call::CallId;
use supabase_client::retention::LegalHold;

use crate::server_error::ServerError;

/// Sets a legal hold: nothing of the call is deleted any more. The database lets only admins.
#[server(endpoint = "hold_call")]
pub async fn hold_call(call_id: CallId, reason: String) -> Result<LegalHold, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.hold_call(call_id, &reason).await.map_err(|error| asker.answer_to(&error))
}
