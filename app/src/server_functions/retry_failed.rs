use leptos::prelude::*;
use supabase_client::lane::Lane;

use crate::server_error::ServerError;

/// Sends the calls that failed in a lane for one reason back to it; the database lets only admins. Answers how many
/// went: at most a few hundred at once.
#[server(endpoint = "retry_failed")]
pub async fn retry_failed(lane: Lane, kind: String) -> Result<u32, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.retry_failed(lane, &kind).await.map_err(|error| asker.answer_to(&error))
}
