use leptos::prelude::*;

use crate::server_error::ServerError;

/// Keeps filters of the queue under a name.
#[server(endpoint = "save_view")]
pub async fn save_view(name: String, #[server(default)] query: String) -> Result<(), ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let query = crate::queue_filters::QueueFilters::of_query(&query).query();
    asker.api()?.save_view(&name, &query).await.map_err(|error| asker.answer_to(&error))?;
    Ok(())
}
