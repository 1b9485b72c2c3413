use leptos::prelude::*;
use supabase_client::call::CallId;

use crate::server_error::ServerError;

/// Leads to the most urgent call under the filters of a query string that nobody else has open, at its first open
/// flag, and lets go of the one that is left. Without one it stays where it is: `false`.
#[server(endpoint = "next_call")]
pub async fn next_call(
    #[server(default)] query: String,
    #[server(default)] leaving: Option<CallId>,
) -> Result<bool, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let filter = crate::queue_filters::QueueFilters::of_query(&query).for_database();
    let next = asker.api()?.next_call(&filter, leaving).await.map_err(|error| asker.answer_to(&error))?;
    let Some(next) = next else { return Ok(false) };
    let place = crate::call_place::query(next.flag_id.as_deref(), next.start_ms);
    leptos_axum::redirect(&format!("/calls/{}{place}", next.call_id));
    Ok(true)
}
