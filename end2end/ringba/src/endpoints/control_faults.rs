//! `POST /control/faults` spoils the next answers of an endpoint, `DELETE` forgets all planned faults.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::answer::Refusal;
use crate::faults::{Endpoint, RequestFault};
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFault {
    endpoint: Endpoint,
    times: usize,
    fault: RequestFault,
}

pub async fn add_fault(
    State(world): State<Arc<World>>,
    new: Result<Json<NewFault>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Json(NewFault { endpoint, times, fault }) = new?;
    if !fault.fits(endpoint) {
        return Err(Refusal::bad_request("answers of this endpoint cannot be spoiled this way"));
    }
    world.faults.next(endpoint, times, fault);
    Ok(StatusCode::NO_CONTENT)
}

pub async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}
