use leptos::prelude::*;
use supabase_client::search::SearchChoices;

use crate::server_error::ServerError;

/// What a search can be narrowed to.
#[server(endpoint = "load_search_choices")]
pub async fn load_search_choices() -> Result<SearchChoices, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.search_choices().await.map_err(|error| asker.answer_to(&error))
}
