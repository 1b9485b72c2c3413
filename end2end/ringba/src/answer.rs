//! The two shapes of Ringba's answers.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Status 200 with `isSuccessful`, a transaction id and one more key.
pub fn success(key: &str, value: impl Into<Value>) -> Response {
    let mut body = Map::new();
    body.insert("isSuccessful".to_owned(), Value::Bool(true));
    body.insert("transactionId".to_owned(), Value::String(transaction_id()));
    body.insert(key.to_owned(), value.into());
    Json(body).into_response()
}

/// A request that is not fulfilled.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "isSuccessful": false,
            "transactionId": transaction_id(),
            "message": self.message,
        });
        (self.status, Json(body)).into_response()
    }
}

fn transaction_id() -> String {
    format!("TR{:032x}", rand::random::<u128>())
}
