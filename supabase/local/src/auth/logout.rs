//! `POST /logout?scope=global|local|others`.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::Shared;
use super::errors::AuthError;
use super::user::signed_in;

#[derive(Deserialize)]
pub struct LogoutQuery {
    scope: Option<String>,
}

/// Ends the session that the token names (`local`), all others (`others`) or all of them (`global`, the
/// default). Access tokens live on until they expire, but `/user` refuses them.
pub async fn logout(
    State(auth): State<Shared>,
    Query(query): Query<LogoutQuery>,
    headers: HeaderMap,
) -> Result<StatusCode, AuthError> {
    let (user, session_id) = signed_in(&auth, &headers).await?;
    let statement = match query.scope.as_deref() {
        None | Some("" | "global") => "delete from auth.sessions where user_id = $1 and $2::uuid is not null",
        Some("local") => "delete from auth.sessions where user_id = $1 and id = $2",
        Some("others") => "delete from auth.sessions where user_id = $1 and id <> $2",
        Some(other) => {
            return Err(AuthError::new(
                400,
                "validation_failed",
                format!("Unsupported logout scope \"{other}\""),
            ));
        }
    };
    sqlx::query(statement).bind(user.id).bind(session_id).execute(&auth.pool).await?;
    Ok(StatusCode::NO_CONTENT)
}
