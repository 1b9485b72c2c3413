//! The HTTP surface, one file per endpoint.

mod chat_completions;
mod control_behaviour;
mod control_faults;
mod control_let_go;
mod control_requests;
mod models;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

pub fn router(world: &Arc<World>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions::complete))
        .route("/v1/models", get(models::models))
        .route("/control/behaviour", get(control_behaviour::get).put(control_behaviour::put))
        .route("/control/faults", post(control_faults::add_fault).delete(control_faults::clear_faults))
        .route("/control/let_go", post(control_let_go::let_go))
        .route("/control/requests", get(control_requests::requests).delete(control_requests::forget))
        .with_state(Arc::clone(world))
}
