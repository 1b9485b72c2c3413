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
    let api = crate::asker::asker()?;
    let (calls, counts) = tokio::try_join!(api.queue(filter.statuses(), PAGE_SIZE), api.call_counts())
        .map_err(|error| crate::server_error::answer_of(&error))?;
    Ok(Queue { calls, counts })
}
