//! The HTTP surface, one file per endpoint.

mod accounts;
mod calllogs;
mod calllogs_columns;
mod calllogs_detail;
mod calllogs_tags;
mod control_calls;
mod control_faults;
mod control_ledger;
mod insights;
mod insights_columns;
mod recording;
mod report;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use crate::admission::admit;
use crate::faults::Endpoint;
use crate::world::World;

pub fn router(world: &Arc<World>) -> Router {
    let api = |endpoint: Endpoint, route: MethodRouter<Arc<World>>| {
        route.route_layer(from_fn_with_state((Arc::clone(world), endpoint), admit))
    };
    Router::new()
        .route("/v2/ringbaaccounts", api(Endpoint::Accounts, get(accounts::accounts)))
        .route("/v2/{account}/calllogs", api(Endpoint::CallLogs, post(calllogs::calllogs)))
        .route("/v2/{account}/calllogs/columns", api(Endpoint::Columns, get(calllogs_columns::columns)))
        .route("/v2/{account}/calllogs/detail", api(Endpoint::Detail, post(calllogs_detail::detail)))
        .route("/v2/{account}/calllogs/tags", api(Endpoint::Tags, get(calllogs_tags::tags)))
        .route(
            "/v2/{account}/insights/columns",
            api(Endpoint::InsightsColumns, get(insights_columns::columns)),
        )
        .route("/v2/{account}/insights", api(Endpoint::Insights, post(insights::insights)))
        .route("/recording-public", get(recording::recording))
        .route("/control/calls", post(control_calls::add_call))
        .route("/control/faults", post(control_faults::add_fault).delete(control_faults::clear_faults))
        .route("/control/ledger", get(control_ledger::ledger))
        .with_state(Arc::clone(world))
}
