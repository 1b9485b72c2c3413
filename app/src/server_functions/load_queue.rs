use leptos::prelude::*;
use supabase_client::queue::QueuePage;

use crate::server_error::ServerError;

/// How many calls a page of the queue holds.
pub const PAGE_SIZE: u32 = 50;

/// Calls by urgency under the filters of a query string: `rows` of them, from the top or from where `after` says that
/// another page ended. The tabs' counts come with them.
#[server(endpoint = "load_queue")]
pub async fn load_queue(
    #[server(default)] query: String,
    #[server(default)] after: String,
    rows: u32,
) -> Result<QueuePage, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let filter = crate::queue_filters::QueueFilters::of_query(&query).for_database();
    let after = match after.as_str() {
        "" => None,
        after => Some(
            crate::queue_cursor::read(after)
                .ok_or_else(|| asker.refuse(crate::server_error::Refusal::Invalid))?,
        ),
    };
    asker.api()?.queue_page(&filter, after, rows).await.map_err(|error| asker.answer_to(&error))
}
