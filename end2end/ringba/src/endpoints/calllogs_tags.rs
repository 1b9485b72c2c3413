//! `GET /v2/{account}/calllogs/tags`: the tags of the account's calls. Calls of a simulator have none.

use axum::response::Response;
use serde_json::json;

use crate::answer::success;

pub async fn tags() -> Response {
    success("tags", json!([]))
}
