use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::server_error::ServerError;

/// What changes from second to second, drawn by the server: the browser only puts it in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// How many promises are broken.
    pub broken: usize,
    /// HTML.
    pub criteria: String,
    pub lanes: String,
    pub alerts: String,
}

/// Whether the promises hold, how the lanes stand, and what is wrong at present.
#[server(endpoint = "load_dashboard")]
pub async fn load_dashboard() -> Result<Dashboard, ServerError> {
    use crate::components::{alert_list::alert_list, criterion_card::criterion_card, lane_table::lane_table};
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let (criteria, alerts, lanes, paused) =
        tokio::try_join!(api.criteria(), api.open_alerts(), api.lane_report(), api.paused_lanes())
            .map_err(|error| asker.answer_to(&error))?;
    Ok(Dashboard {
        broken: criteria.iter().filter(|criterion| !criterion.holds).count(),
        criteria: criteria.iter().map(criterion_card).collect_view().to_html(),
        lanes: lane_table(&lanes, &paused, chrono::Utc::now()).to_html(),
        alerts: alert_list(&alerts).to_html(),
    })
}
