use leptos::prelude::*;

use crate::server_error::ServerError;

/// Takes back a comment of one's own. Returns its number.
#[server(endpoint = "remove_comment")]
pub async fn remove_comment(comment_id: i64) -> Result<i64, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.remove_comment(comment_id).await.map_err(|error| asker.answer_to(&error))?;
    Ok(comment_id)
}
