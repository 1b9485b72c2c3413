//! Errors of Auth: a status, a code and a text, in the shape that the caller's API version asks for.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Callers that send this version or a later one in `X-Supabase-Api-Version` get the newer shape.
const NEWER_SHAPE_SINCE: &str = "2024-01-01";

/// An answer that refuses.
#[derive(Clone, Debug)]
pub struct AuthError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl AuthError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> AuthError {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        AuthError { status, code, message: message.into() }
    }

    pub fn wrong_credentials() -> AuthError {
        AuthError::new(400, "invalid_credentials", "Invalid login credentials")
    }

    pub fn user_not_found() -> AuthError {
        AuthError::new(404, "user_not_found", "User not found")
    }
}

impl From<sqlx::Error> for AuthError {
    fn from(error: sqlx::Error) -> AuthError {
        tracing::error!(%error, "Auth could not use the database");
        AuthError::new(500, "unexpected_failure", "Internal Server Error")
    }
}

impl From<jsonwebtoken::errors::Error> for AuthError {
    fn from(error: jsonwebtoken::errors::Error) -> AuthError {
        tracing::error!(%error, "Auth could not sign a token");
        AuthError::new(500, "unexpected_failure", "Internal Server Error")
    }
}

impl IntoResponse for AuthError {
    /// Without a body: [`render`], which knows the caller's API version, writes it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a refusal.
pub async fn render(request: Request, next: Next) -> Response {
    let version = request.headers().get("x-supabase-api-version").cloned();
    let newer =
        version.as_ref().and_then(|version| version.to_str().ok()).is_some_and(|v| v >= NEWER_SHAPE_SINCE);
    let mut response = next.run(request).await;
    let Some(error) = response.extensions_mut().remove::<AuthError>() else { return response };
    let body = if newer {
        json!({ "code": error.code, "message": error.message })
    } else {
        json!({ "code": error.status.as_u16(), "error_code": error.code, "msg": error.message })
    };
    let mut response = (error.status, Json(body)).into_response();
    response.headers_mut().insert("x-sb-error-code", HeaderValue::from_static(error.code));
    if let Some(version) = version.filter(|_| newer) {
        response.headers_mut().insert("x-supabase-api-version", version);
    }
    response
}
