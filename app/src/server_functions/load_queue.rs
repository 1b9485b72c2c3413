use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::call::{CallCount, CallSummary};

use crate::server_error::ServerError;
use crate::state_filter::StateFilter;

/// How many calls the queue shows at once.
#[cfg(feature = "ssr")]
const PAGE_SIZE: u32 = 100;

/// The queue page's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// By urgency, as the database orders them.
    pub calls: Vec<CallSummary>,
    pub counts: Vec<CallCount>,
}

/// The most urgent calls behind a tab, and how many stand behind each.
#[server(endpoint = "load_queue")]
pub async fn load_queue(filter: StateFilter) -> Result<Queue, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let (calls, counts) = tokio::try_join!(api.queue(filter.statuses(), PAGE_SIZE), api.call_counts())
        .map_err(|error| asker.answer_to(&error))?;
    Ok(Queue { calls, counts })
}
