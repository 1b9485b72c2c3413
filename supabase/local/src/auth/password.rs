//! `POST /token?grant_type=password`.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use chrono::Utc;
use serde::Deserialize;
use uuid::Uuid;

use super::errors::AuthError;
use super::session::{issue_refresh_token, respond};
use super::user::User;
use super::{Auth, parse};

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// Signs a user in. Unknown address, missing and wrong password get the same answer.
pub async fn sign_in(auth: &Auth, headers: &HeaderMap, body: &[u8]) -> Result<Response, AuthError> {
    let credentials: Credentials = parse(body)?;
    if credentials.email.is_empty() {
        return Err(AuthError::new(400, "validation_failed", "missing email or phone"));
    }
    let mut transaction = auth.pool.begin().await?;
    // Hashes are made by pgcrypto, here and in seed files; anything else in the column matches nothing.
    let user_id: Option<Uuid> = sqlx::query_scalar(
        "select id from auth.users
         where lower(email) = lower($1) and deleted_at is null and is_sso_user = false
           and encrypted_password like '$2%'
           and encrypted_password = extensions.crypt($2, encrypted_password)",
    )
    .bind(credentials.email.trim())
    .bind(&credentials.password)
    .fetch_optional(&mut *transaction)
    .await?;
    let user_id = user_id.ok_or_else(AuthError::wrong_credentials)?;
    let user = User::by_id(&mut transaction, user_id).await?.ok_or_else(AuthError::wrong_credentials)?;
    if user.is_banned() {
        return Err(AuthError::new(400, "user_banned", "User is banned"));
    }
    if user.email_confirmed_at.is_none() {
        return Err(AuthError::new(400, "email_not_confirmed", "Email not confirmed"));
    }
    let session_id = Uuid::new_v4();
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    sqlx::query(
        "insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent)
         values ($1, $2, now(), now(), 'aal1', $3)",
    )
    .bind(session_id)
    .bind(user.id)
    .bind(user_agent)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1")
        .bind(user.id)
        .execute(&mut *transaction)
        .await?;
    let refresh_token = issue_refresh_token(&mut transaction, user.id, session_id, None).await?;
    let user = User::by_id(&mut transaction, user.id).await?.ok_or_else(AuthError::wrong_credentials)?;
    transaction.commit().await?;
    respond(auth, &user, session_id, Utc::now(), &refresh_token)
}
