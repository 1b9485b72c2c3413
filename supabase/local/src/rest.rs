//! `/rest/v1`: the PostgREST-compatible server, embedded.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrust_core::AppConfig;
use postrust_server::{AppState, Host};
use serde_json::Value;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use tokio::task::JoinHandle;

use crate::caller::bearer_token;
use crate::error::Error;
use crate::keys::verifying_jwks;
use crate::postgres::Postgres;
use crate::project::Project;

/// Requests without a token act as this role.
const ANON_ROLE: &str = "anon";
/// PostgREST has no limit; this one only keeps a mistake from filling the memory.
const MAXIMUM_BODY_BYTES: usize = 64 << 20;
/// An error's body is small; a larger 401 is none of the database's.
const MAXIMUM_ERROR_BYTES: usize = 256 << 10;
/// A migration announces every statement; reading the schema once afterwards is enough.
const RELOAD_QUIET_TIME: Duration = Duration::from_millis(100);
const RELOAD_RETRY: Duration = Duration::from_secs(1);

/// The server with the task that reads the schema again when it changes.
pub struct Rest {
    /// The routes, without their `/rest/v1` prefix.
    pub router: Router,
    /// Every connection that it holds.
    pub pools: [PgPool; 2],
    pub reloader: JoinHandle<()>,
}

/// Connects as `authenticator` and reads the schema.
pub async fn start(postgres: &Postgres, project: &Project) -> Result<Rest, Error> {
    let mut config = AppConfig::default();
    config.db_uri = postgres.uri("authenticator");
    config.db_schemas.clone_from(&project.schemas);
    config.db_extra_search_path.clone_from(&project.extra_search_path);
    config.db_anon_role = Some(ANON_ROLE.to_owned());
    config.db_max_rows = Some(project.max_rows);
    config.compat_mode = true;
    config.max_body_size = MAXIMUM_BODY_BYTES;
    config.jwt_secret = Some(verifying_jwks().to_string());
    // Before the schema is read, so that no change falls between.
    let listening =
        PgPoolOptions::new().max_connections(1).connect_lazy_with(postgres.options("authenticator"));
    let listener = listen(&listening).await?;
    let app =
        postrust_server::build(config, Host::SERVER).await.map_err(|error| Error::Rest(error.to_string()))?;
    let reloader = tokio::spawn(reload_on_change(app.state.clone(), listening.clone(), listener));
    Ok(Rest {
        pools: [app.state.pool.clone(), listening],
        router: app.router.layer(middleware::from_fn(forbid_the_known)),
        reloader,
    })
}

/// PostgREST answers 42501 (insufficient privilege) with 403 when a token named a role, and with 401 to the
/// anonymous; the embedded server always says 401.
async fn forbid_the_known(request: Request, next: Next) -> Response {
    let known = names_a_role(request.headers());
    let response = next.run(request).await;
    if !known || response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAXIMUM_ERROR_BYTES).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let code = serde_json::from_slice(&body)
        .ok()
        .and_then(|error: Value| Some(error.get("code")?.as_str()? == "42501"));
    if code == Some(true) {
        parts.status = StatusCode::FORBIDDEN;
        parts.headers.remove(header::WWW_AUTHENTICATE);
    }
    Response::from_parts(parts, Body::from(body))
}

/// Whether the token names a role other than the anonymous one. The embedded server has verified the
/// token by the time this matters: a bad one is refused with another code.
fn names_a_role(headers: &HeaderMap) -> bool {
    let role = bearer_token(headers).and_then(|token| {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        Some(claims.get("role")?.as_str()?.to_owned())
    });
    role.is_some_and(|role| role != ANON_ROLE)
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("pgrst").await?;
    Ok(listener)
}

async fn reload_on_change(state: Arc<AppState>, pool: PgPool, mut listener: PgListener) {
    loop {
        if let Err(error) = next_change(&mut listener).await {
            tracing::warn!(%error, "the connection that hears of schema changes broke");
            listener = loop {
                tokio::time::sleep(RELOAD_RETRY).await;
                if let Ok(listener) = listen(&pool).await {
                    break listener;
                }
            };
        }
        // After a broken connection as well: what was announced meanwhile is lost.
        if let Err(error) = state.reload_schema().await {
            tracing::error!(%error, "the schema could not be read again");
        }
    }
}

/// Waits for an announcement and then until no more follow.
async fn next_change(listener: &mut PgListener) -> Result<(), sqlx::Error> {
    listener.recv().await?;
    while let Ok(more) = tokio::time::timeout(RELOAD_QUIET_TIME, listener.recv()).await {
        more?;
    }
    Ok(())
}
