//! `GET /v2/{account}/insights/columns`: what can be counted and summed.

use axum::response::Response;
use serde_json::Value;

use crate::answer::success;
use crate::columns::{Column, VALUE_COLUMNS};

pub async fn columns() -> Response {
    success("columns", VALUE_COLUMNS.iter().map(Column::description).collect::<Vec<Value>>())
}
