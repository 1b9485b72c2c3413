use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::queue::{QueueChoices, SavedView};

use crate::server_error::ServerError;

/// What the queue's filters offer, and the asker's own views.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Offered {
    pub choices: QueueChoices,
    pub views: Vec<SavedView>,
}

#[server(endpoint = "load_queue_choices")]
pub async fn load_queue_choices() -> Result<Offered, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let (choices, views) =
        tokio::try_join!(api.queue_choices(), api.saved_views()).map_err(|error| asker.answer_to(&error))?;
    Ok(Offered { choices, views })
}
