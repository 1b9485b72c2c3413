//! `GET /v1/models`: the models that a key opens.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::world::World;

pub async fn models(State(world): State<Arc<World>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    world.check_key(&headers)?;
    let model =
        json!({"id": world.model, "object": "model", "created": 1_767_225_600, "owned_by": "simulator"});
    Ok(Json(json!({"object": "list", "data": [model]})))
}
