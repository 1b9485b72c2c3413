//! `POST /control/let_go`: answers the requests that are held.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::world::World;

pub async fn let_go(State(world): State<Arc<World>>) -> StatusCode {
    world.let_go.notify_waiters();
    StatusCode::NO_CONTENT
}
