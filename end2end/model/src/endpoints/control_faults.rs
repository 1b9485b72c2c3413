//! `POST /control/faults` spoils answers, `DELETE` forgets all planned faults.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;

use crate::faults::Plan;
use crate::refusal::Refusal;
use crate::world::World;

pub async fn add_fault(
    State(world): State<Arc<World>>,
    plan: Result<Json<Plan>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    world.faults.plan(plan?.0);
    Ok(StatusCode::NO_CONTENT)
}

pub async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}
