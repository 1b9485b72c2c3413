use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::criterion::{Alert, Criterion};

use crate::server_error::ServerError;

/// The dashboard's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub criteria: Vec<Criterion>,
    /// Newest first.
    pub alerts: Vec<Alert>,
}

/// Whether the promises hold, and what is wrong at present.
#[server(endpoint = "load_dashboard")]
pub async fn load_dashboard() -> Result<Dashboard, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let (criteria, alerts) =
        tokio::try_join!(api.criteria(), api.open_alerts()).map_err(|error| asker.answer_to(&error))?;
    Ok(Dashboard { criteria, alerts })
}
