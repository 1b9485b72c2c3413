//! Sessions and their refresh tokens.

use axum::Json;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::Auth;
use super::errors::AuthError;
use super::user::User;

/// Stores a new refresh token of a session and returns it.
pub async fn issue_refresh_token(
    connection: &mut PgConnection,
    user_id: Uuid,
    session_id: Uuid,
    parent: Option<&str>,
) -> Result<String, sqlx::Error> {
    let token = URL_SAFE_NO_PAD.encode([Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat());
    sqlx::query(
        "insert into auth.refresh_tokens
           (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
         values ('00000000-0000-0000-0000-000000000000', $1, $2, false, now(), now(), $3, $4)",
    )
    .bind(&token)
    .bind(user_id.to_string())
    .bind(parent)
    .bind(session_id)
    .execute(connection)
    .await?;
    Ok(token)
}

/// The answer to a sign-in or refresh.
pub fn respond(
    auth: &Auth,
    user: &User,
    session_id: Uuid,
    signed_in_at: DateTime<Utc>,
    refresh_token: &str,
) -> Result<Response, AuthError> {
    let claims = user.claims(auth, session_id, signed_in_at);
    let body = json!({
        "access_token": auth.keys.sign_user_token(&Value::Object(claims.clone()))?,
        "token_type": "bearer",
        "expires_in": auth.access_token_seconds,
        "expires_at": claims["exp"],
        "refresh_token": refresh_token,
        "user": user.to_json(),
    });
    let mut response = Json(body).into_response();
    for (name, id) in [("sb-auth-user-id", user.id), ("sb-auth-session-id", session_id)] {
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
