//! `GET /control/requests`: what was asked so far, and how much of it at once. `DELETE` counts anew.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

pub async fn requests(State(world): State<Arc<World>>) -> Json<Value> {
    let journal = &world.journal;
    Json(json!({
        "count": journal.count(),
        "in_flight": journal.in_flight(),
        "most_in_flight": journal.most_in_flight(),
        "requests": journal.requests(),
    }))
}

pub async fn forget(State(world): State<Arc<World>>) -> StatusCode {
    world.journal.forget();
    StatusCode::NO_CONTENT
}
