//! OpenAI's form of an error.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that is not fulfilled.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: String,
    kind: &'static str,
    parameter: Option<String>,
    code: Option<&'static str>,
    retry_after_s: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind, parameter: None, code: None, retry_after_s: None }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The request is understood but for this part.
    pub fn of_parameter(parameter: &str, message: impl Into<String>) -> Self {
        Self { parameter: Some(parameter.to_owned()), ..Self::bad_request(message) }
    }

    pub fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub fn wrong_key() -> Self {
        let message = "Incorrect API key provided.";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message).with_code("invalid_api_key")
    }

    /// Quotes the key that requests come with.
    pub fn echoing(key: &str, status: u16) -> Self {
        let message = format!("Incorrect API key provided: {key}.");
        Self { message, code: Some("invalid_api_key"), ..Self::status(status) }
    }

    pub fn rate_limited(retry_after_s: Option<u64>) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "requests", "Rate limit reached.");
        Self { retry_after_s, ..refusal.with_code("rate_limit_exceeded") }
    }

    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, "server_error", "The server had an error while processing your request.")
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({
            "message": self.message,
            "type": self.kind,
            "param": self.parameter,
            "code": self.code,
        });
        let mut response = (self.status, Json(json!({"error": error}))).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
