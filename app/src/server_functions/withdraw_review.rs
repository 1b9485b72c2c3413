use leptos::prelude::*;
use supabase_client::call::{CallId, Review};

use crate::server_error::ServerError;

/// Takes back what was last said about a flag or an undecided rule.
#[server(endpoint = "withdraw_review")]
pub async fn withdraw_review(call_id: CallId, flag_id: String) -> Result<Review, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.withdraw_review(call_id, &flag_id).await.map_err(|error| asker.answer_to(&error))
}
