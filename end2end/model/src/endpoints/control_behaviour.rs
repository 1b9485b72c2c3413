//! `/control/behaviour`: how honest answers come about. `PUT` replaces the whole of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;

use crate::behaviour::Behaviour;
use crate::refusal::Refusal;
use crate::world::World;

pub async fn get(State(world): State<Arc<World>>) -> Json<Behaviour> {
    Json(world.behaviour().clone())
}

pub async fn put(
    State(world): State<Arc<World>>,
    behaviour: Result<Json<Behaviour>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    *world.behaviour() = behaviour?.0;
    Ok(StatusCode::NO_CONTENT)
}
