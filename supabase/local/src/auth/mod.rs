//! `/auth/v1`: the part of Supabase Auth that password sign-in needs, with its paths, statuses and
//! error codes. Users live in Supabase's own tables, so a seed.sql can make them.

mod admin;
mod errors;
mod logout;
mod password;
mod refresh;
mod session;
mod user;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::keys::{Keys, public_jwks};
use errors::AuthError;

/// What every Auth request needs.
pub struct Auth {
    /// Connects as `supabase_auth_admin`, the owner of the auth tables.
    pub pool: PgPool,
    pub keys: Keys,
    /// `iss` of the tokens: the public URL with `/auth/v1`.
    pub issuer: String,
    pub access_token_seconds: i64,
    /// How long a refresh token that was already used may be shown once more (a lost answer, two tabs).
    pub refresh_reuse_seconds: i64,
    pub minimum_password_length: usize,
}

type Shared = Arc<Auth>;

/// The routes, without their `/auth/v1` prefix.
pub fn router(auth: Auth) -> Router {
    Router::new()
        .route("/token", post(token))
        .route("/signup", post(sign_up))
        .route("/user", get(user::show))
        .route("/logout", post(logout::logout))
        .route("/admin/users", get(admin::list).post(admin::create))
        .route("/admin/users/{id}", get(admin::show).put(admin::update).delete(admin::delete))
        .route("/health", get(health))
        .route("/settings", get(settings))
        .route("/.well-known/jwks.json", get(jwks))
        .fallback(|| async { AuthError::new(404, "not_found", "Not found") })
        .layer(middleware::from_fn(errors::render))
        .with_state(Arc::new(auth))
}

#[derive(Deserialize)]
struct TokenQuery {
    #[serde(default)]
    grant_type: String,
}

async fn token(
    State(auth): State<Shared>,
    Query(query): Query<TokenQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AuthError> {
    match query.grant_type.as_str() {
        "password" => password::sign_in(&auth, &headers, &body).await,
        "refresh_token" => refresh::refresh(&auth, &body).await,
        _ => Err(AuthError::new(400, "invalid_credentials", "unsupported_grant_type")),
    }
}

/// Accounts are made by admins only.
async fn sign_up() -> AuthError {
    AuthError::new(422, "signup_disabled", "Signups not allowed for this instance")
}

async fn health() -> Json<Value> {
    Json(
        json!({ "version": env!("CARGO_PKG_VERSION"), "name": "GoTrue", "description": "embedded local Auth" }),
    )
}

async fn settings() -> Json<Value> {
    Json(json!({
        "external": { "email": true, "phone": false, "anonymous_users": false },
        "disable_signup": true,
        "mailer_autoconfirm": false,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    }))
}

async fn jwks() -> Response {
    let caching = HeaderValue::from_static("public, max-age=600");
    ([(header::CACHE_CONTROL, caching)], Json(public_jwks())).into_response()
}

/// A request's body, whatever content type it names, as the original reads it.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AuthError> {
    serde_json::from_slice(body).map_err(|error| {
        AuthError::new(400, "bad_json", format!("Could not parse request body as JSON: {error}"))
    })
}
