//! `GET /v2/ringbaaccounts`: the accounts that a token opens.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use crate::answer::success;
use crate::world::World;

pub async fn accounts(State(world): State<Arc<World>>) -> Response {
    success(
        "account",
        json!([{"accountId": world.options.account, "name": "Simulated account", "enabled": true}]),
    )
}
