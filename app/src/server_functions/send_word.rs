use leptos::prelude::*;
use supabase_client::call::{CallId, Review, ReviewVerdict};

use crate::server_error::ServerError;

/// Keeps a word on a flag or an undecided rule; the same word sent twice is kept once. An empty reason is no reason.
#[server(endpoint = "send_word")]
pub async fn send_word(
    word_key: String,
    call_id: CallId,
    subject: String,
    verdict: ReviewVerdict,
    #[server(default)] reason: String,
    #[server(default)] seen: Option<i64>,
) -> Result<Review, ServerError> {
    use supabase_client::call::Word;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let word = Word { word_key, call_id, subject, verdict, reason, seen };
    api.send_word(&word).await.map_err(|error| asker.answer_to(&error))
}
