use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::admin::{FailedGroup, People, VerticalRules};

use crate::server_error::ServerError;

/// The admin page's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Admin {
    pub failed: Vec<FailedGroup>,
    pub rules: Vec<VerticalRules>,
    pub people: People,
    /// Where rules and roles are changed; absent where no Studio is known.
    pub studio_url: Option<String>,
}

/// What admins look after; the database lets only them.
#[server(endpoint = "load_admin")]
pub async fn load_admin() -> Result<Admin, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let (failed, rules, people) = tokio::try_join!(api.failed_calls(), api.rules_in_force(), api.people())
        .map_err(|error| asker.answer_to(&error))?;
    let studio_url = asker.state.studio_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    Ok(Admin { failed, rules, people, studio_url })
}
