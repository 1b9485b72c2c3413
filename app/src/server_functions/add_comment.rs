use leptos::prelude::*;
use supabase_client::call::{CallId, Comment};

use crate::server_error::ServerError;

/// Keeps a comment. `at_ms` is the moment in the recording as the form sends it: empty for the whole call.
#[server(endpoint = "add_comment")]
pub async fn add_comment(
    call_id: CallId,
    body: String,
    #[server(default)] at_ms: String,
) -> Result<Comment, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.add_comment(call_id, &body, at_ms.parse().ok()).await.map_err(|error| asker.answer_to(&error))
}
