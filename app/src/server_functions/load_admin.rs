use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::admin::{FailedGroup, People, VerticalRules};

use crate::server_error::ServerError;

/// The admin page's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Admin {
    /// The lanes and what they have in work: HTML that the server draws.
    pub lanes: String,
    pub failed: Vec<FailedGroup>,
    pub rules: Vec<VerticalRules>,
    pub people: People,
    /// Where rules and roles are changed; absent where no Studio is known.
    pub studio_url: Option<String>,
}

/// What admins look after; the database lets only them.
#[server(endpoint = "load_admin")]
pub async fn load_admin() -> Result<Admin, ServerError> {
    use supabase_client::by_hand::{CallSelection, LaneSelection, LaneState};
    use supabase_client::lane::Lane;

    use crate::components::lanes_by_hand::lanes_by_hand;

    /// Of each lane.
    const SHOWN_IN_WORK: usize = 50;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let in_work = |lane| {
        let api = &api;
        let chosen = LaneSelection { state: Some(LaneState::InWork), ..LaneSelection::all_of(lane) };
        let selection = CallSelection::OfLane(Box::new(chosen));
        async move { api.list_calls(&selection, None, SHOWN_IN_WORK).await }
    };
    let (failed, rules, people, lanes, paused, vault, worker, judge) = tokio::try_join!(
        api.failed_calls(),
        api.rules_in_force(),
        api.people(),
        api.lane_report(),
        api.paused_lanes(),
        in_work(Lane::Vault),
        in_work(Lane::Worker),
        in_work(Lane::Judge),
    )
    .map_err(|error| asker.answer_to(&error))?;
    let in_work = [(Lane::Vault, vault), (Lane::Worker, worker), (Lane::Judge, judge)];
    let lanes = lanes_by_hand(&lanes, &in_work, &paused).to_html();
    let studio_url = asker.state.studio_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
    Ok(Admin { lanes, failed, rules, people, studio_url })
}
