use leptos::prelude::*;
use supabase_client::call::{CallId, Review};

use crate::server_error::ServerError;

/// Adds a violation that the judge missed: a rule, and the words from the first to the last, counted over the whole
/// transcript. An empty reason is no reason.
#[server(endpoint = "add_flag")]
pub async fn add_flag(
    call_id: CallId,
    rule_key: String,
    first_word: u32,
    last_word: u32,
    #[server(default)] reason: String,
) -> Result<Review, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    api.add_flag(call_id, &rule_key, (first_word, last_word), reason)
        .await
        .map_err(|error| asker.answer_to(&error))
}
