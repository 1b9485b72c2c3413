use leptos::prelude::*;
use supabase_client::call::{CallId, Review, ReviewVerdict};

use crate::server_error::ServerError;

/// Confirms or dismisses a flag. An empty reason is no reason.
#[server(endpoint = "review_flag")]
pub async fn review_flag(
    call_id: CallId,
    flag_id: String,
    verdict: ReviewVerdict,
    #[server(default)] reason: String,
) -> Result<Review, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    api.review_flag(call_id, &flag_id, verdict, reason).await.map_err(|error| asker.answer_to(&error))
}
