//! `GET /v2/{account}/calllogs/columns`: what can be asked for.

use axum::response::Response;
use serde_json::Value;

use crate::answer::success;
use crate::columns::{COLUMNS, Column};

pub async fn columns() -> Response {
    success("columns", COLUMNS.iter().map(Column::description).collect::<Vec<Value>>())
}
