//! `POST /token?grant_type=refresh_token`: each use replaces the token.
//!
//! A token that was replaced may be shown again for a few seconds: the answer with the new one may have
//! been lost, or two tabs refreshed at once. Shown later it is taken for stolen, and the whole session ends.

use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::FromRow;
use uuid::Uuid;

use super::errors::AuthError;
use super::session::{issue_refresh_token, respond};
use super::user::User;
use super::{Auth, parse};

#[derive(Deserialize)]
struct RefreshBody {
    #[serde(default)]
    refresh_token: String,
}

#[derive(FromRow)]
struct Shown {
    revoked: bool,
    session_id: Uuid,
    user_id: Uuid,
    signed_in_at: DateTime<Utc>,
    over: bool,
}

/// Exchanges a refresh token.
pub async fn refresh(auth: &Auth, body: &[u8]) -> Result<Response, AuthError> {
    let RefreshBody { refresh_token } = parse(body)?;
    if refresh_token.is_empty() {
        return Err(AuthError::new(400, "validation_failed", "refresh_token required"));
    }
    let mut transaction = auth.pool.begin().await?;
    // The session's row is the lock: two tabs that refresh at once come one after the other.
    let session: Option<Uuid> = sqlx::query_scalar(
        "select s.id from auth.sessions s where s.id = (select session_id from auth.refresh_tokens where token = $1)
         for update",
    )
    .bind(&refresh_token)
    .fetch_optional(&mut *transaction)
    .await?;
    let not_found =
        || AuthError::new(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
    let session = session.ok_or_else(not_found)?;
    let shown: Shown = sqlx::query_as(
        "select coalesce(t.revoked, false) as revoked, s.id as session_id, s.user_id,
           coalesce(s.created_at, now()) as signed_in_at, coalesce(s.not_after < now(), false) as over
         from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id
         where t.token = $1 and s.id = $2",
    )
    .bind(&refresh_token)
    .bind(session)
    .fetch_one(&mut *transaction)
    .await?;
    let user = User::by_id(&mut transaction, shown.user_id).await?.ok_or_else(not_found)?;
    if user.is_banned() {
        return Err(AuthError::new(400, "user_banned", "Invalid Refresh Token: User Banned"));
    }
    if shown.over {
        return Err(AuthError::new(400, "session_expired", "Invalid Refresh Token: Session Expired"));
    }
    let next = if shown.revoked {
        // Only the token that replaced the shown one, and only for a moment.
        let replacement: Option<String> = sqlx::query_scalar(
            "select next.token from auth.refresh_tokens next
             join auth.refresh_tokens shown on shown.token = next.parent
             where shown.token = $1 and not next.revoked
               and shown.updated_at > now() - make_interval(secs => $2)",
        )
        .bind(&refresh_token)
        .bind(f64::from(i32::try_from(auth.refresh_reuse_seconds).unwrap_or(i32::MAX)))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(replacement) = replacement else {
            sqlx::query("update auth.refresh_tokens set revoked = true, updated_at = now() where session_id = $1 and not revoked")
                .bind(shown.session_id)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            return Err(AuthError::new(
                400,
                "refresh_token_already_used",
                "Invalid Refresh Token: Already Used",
            ));
        };
        replacement
    } else {
        sqlx::query("update auth.refresh_tokens set revoked = true, updated_at = now() where token = $1")
            .bind(&refresh_token)
            .execute(&mut *transaction)
            .await?;
        issue_refresh_token(&mut transaction, shown.user_id, shown.session_id, Some(&refresh_token)).await?
    };
    sqlx::query(
        "update auth.sessions set refreshed_at = now() at time zone 'utc', updated_at = now() where id = $1",
    )
    .bind(shown.session_id)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    respond(auth, &user, shown.session_id, shown.signed_in_at, &next)
}
