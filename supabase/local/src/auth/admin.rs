//! `/admin/users`: what a server may do with accounts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::errors::AuthError;
use super::user::{User, authenticated};
use super::{Auth, Shared, parse};

const DEFAULT_PER_PAGE: i64 = 50;
/// bcrypt reads no further.
const MAXIMUM_PASSWORD_BYTES: usize = 72;

/// What `POST` and `PUT` understand; absent fields stay as they are.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct AdminUser {
    id: Option<Uuid>,
    email: Option<String>,
    password: Option<String>,
    email_confirm: bool,
    user_metadata: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    role: Option<String>,
    /// For example `24h`, or `none`.
    ban_duration: Option<String>,
}

/// supabase-js sends both names even when it has no value for them.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PageQuery {
    page: String,
    per_page: String,
}

fn require_service(auth: &Auth, headers: &HeaderMap) -> Result<(), AuthError> {
    match authenticated(auth, headers)?.role.as_str() {
        "service_role" | "supabase_admin" => Ok(()),
        _ => Err(AuthError::new(403, "not_admin", "User not allowed")),
    }
}

/// `GET /admin/users?page=&per_page=`.
pub async fn list(
    State(auth): State<Shared>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Result<Response, AuthError> {
    require_service(&auth, &headers)?;
    let page: i64 = query.page.parse().unwrap_or(1).max(1);
    let per_page: i64 = query.per_page.parse().unwrap_or(DEFAULT_PER_PAGE).clamp(1, 1000);
    let mut connection = auth.pool.acquire().await?;
    let total: i64 = sqlx::query_scalar("select count(*) from auth.users where deleted_at is null")
        .fetch_one(&mut *connection)
        .await?;
    let users = User::page(&mut connection, per_page, (page - 1).saturating_mul(per_page)).await?;
    let users: Vec<Value> = users.iter().map(User::to_json).collect();
    let last = (total + per_page - 1) / per_page;
    let link =
        |page: i64, name: &str| format!("</admin/users?page={page}&per_page={per_page}>; rel=\"{name}\"");
    let mut links = Vec::new();
    if page < last {
        links.push(link(page + 1, "next"));
    }
    links.push(link(last.max(1), "last"));
    let mut response = Json(json!({ "users": users, "aud": "authenticated" })).into_response();
    response.headers_mut().insert("x-total-count", HeaderValue::from(total));
    if let Ok(value) = HeaderValue::from_str(&links.join(", ")) {
        response.headers_mut().insert(header::LINK, value);
    }
    Ok(response)
}

/// `GET /admin/users/{id}`.
pub async fn show(
    State(auth): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, AuthError> {
    require_service(&auth, &headers)?;
    let mut connection = auth.pool.acquire().await?;
    Ok(Json(existing(&mut connection, &id).await?.to_json()))
}

/// `POST /admin/users`.
pub async fn create(
    State(auth): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, AuthError> {
    require_service(&auth, &headers)?;
    let wanted: AdminUser = parse(&body)?;
    let email = valid_email(wanted.email.as_deref().unwrap_or_default())?;
    let id = wanted.id.unwrap_or_else(Uuid::new_v4);
    let mut transaction = auth.pool.begin().await?;
    let made = sqlx::query(
        "insert into auth.users
           (instance_id, id, aud, role, email, raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
            confirmation_token, recovery_token, email_change_token_new, email_change)
         values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2,
           '{\"provider\": \"email\", \"providers\": [\"email\"]}', '{}', now(), now(), '', '', '', '')",
    )
    .bind(id)
    .bind(&email)
    .execute(&mut *transaction)
    .await;
    refuse_duplicate(made)?;
    sqlx::query(
        "insert into auth.identities
           (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
         values ($1, $2, $3, 'email', now(), now(), now())",
    )
    .bind(id.to_string())
    .bind(id)
    .bind(
        json!({ "sub": id, "email": email, "email_verified": wanted.email_confirm, "phone_verified": false }),
    )
    .execute(&mut *transaction)
    .await?;
    let wanted = AdminUser { email: None, ..wanted };
    apply(&auth, &mut transaction, id, &wanted).await?;
    let user = existing(&mut transaction, &id.to_string()).await?;
    transaction.commit().await?;
    Ok(Json(user.to_json()))
}

/// `PUT /admin/users/{id}`.
pub async fn update(
    State(auth): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, AuthError> {
    require_service(&auth, &headers)?;
    let wanted: AdminUser = parse(&body)?;
    let mut transaction = auth.pool.begin().await?;
    let user = existing(&mut transaction, &id).await?;
    apply(&auth, &mut transaction, user.id, &wanted).await?;
    let user = existing(&mut transaction, &id).await?;
    transaction.commit().await?;
    Ok(Json(user.to_json()))
}

/// `DELETE /admin/users/{id}`.
pub async fn delete(
    State(auth): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, AuthError> {
    require_service(&auth, &headers)?;
    let mut transaction = auth.pool.begin().await?;
    let user = existing(&mut transaction, &id).await?;
    sqlx::query("delete from auth.users where id = $1").bind(user.id).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Json(user.to_json()))
}

async fn existing(connection: &mut PgConnection, id: &str) -> Result<User, AuthError> {
    let id: Uuid =
        id.parse().map_err(|_| AuthError::new(404, "validation_failed", "user_id must be an UUID"))?;
    User::by_id(connection, id).await?.ok_or_else(AuthError::user_not_found)
}

/// Writes the fields that are present. Metadata is merged; a key set to null goes.
async fn apply(
    auth: &Auth,
    connection: &mut PgConnection,
    id: Uuid,
    wanted: &AdminUser,
) -> Result<(), AuthError> {
    if let Some(email) = &wanted.email {
        let email = valid_email(email)?;
        let changed = sqlx::query("update auth.users set email = $2 where id = $1")
            .bind(id)
            .bind(&email)
            .execute(&mut *connection)
            .await;
        refuse_duplicate(changed)?;
        sqlx::query(
            "update auth.identities set identity_data = identity_data || jsonb_build_object('email', $2::text)
             where user_id = $1 and provider = 'email'",
        )
        .bind(id)
        .bind(&email)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(password) = &wanted.password {
        if password.len() < auth.minimum_password_length {
            let message = format!("Password should be at least {} characters.", auth.minimum_password_length);
            return Err(AuthError::new(422, "weak_password", message));
        }
        if password.len() > MAXIMUM_PASSWORD_BYTES {
            let message = format!("Password cannot be longer than {MAXIMUM_PASSWORD_BYTES} characters");
            return Err(AuthError::new(400, "validation_failed", message));
        }
        sqlx::query(
            "update auth.users set encrypted_password = extensions.crypt($2, extensions.gen_salt('bf'))
             where id = $1",
        )
        .bind(id)
        .bind(password)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(ban) = &wanted.ban_duration {
        let banned = sqlx::query(
            "update auth.users set banned_until = case when $2 = 'none' then null else now() + nullif($2, 'none')::interval end
             where id = $1",
        )
        .bind(id)
        .bind(ban)
        .execute(&mut *connection)
        .await;
        banned.map_err(|_| AuthError::new(400, "validation_failed", "invalid format for ban duration"))?;
    }
    sqlx::query(
        "update auth.users set
           email_confirmed_at = case when $2 then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
           raw_user_meta_data = jsonb_strip_nulls(coalesce(raw_user_meta_data, '{}') || $3),
           raw_app_meta_data = jsonb_strip_nulls(coalesce(raw_app_meta_data, '{}') || $4),
           role = coalesce($5, role),
           updated_at = now()
         where id = $1",
    )
    .bind(id)
    .bind(wanted.email_confirm)
    .bind(Value::Object(wanted.user_metadata.clone().unwrap_or_default()))
    .bind(Value::Object(wanted.app_metadata.clone().unwrap_or_default()))
    .bind(wanted.role.as_deref().filter(|role| !role.is_empty()))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

fn valid_email(email: &str) -> Result<String, AuthError> {
    let email = email.trim().to_lowercase();
    let valid = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    if !valid {
        let message = if email.is_empty() {
            "Cannot create a user without either an email or phone"
        } else {
            "Unable to validate email address: invalid format"
        };
        return Err(AuthError::new(400, "validation_failed", message));
    }
    Ok(email)
}

fn refuse_duplicate<T>(result: Result<T, sqlx::Error>) -> Result<T, AuthError> {
    result.map_err(|error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => {
            AuthError::new(422, "email_exists", "A user with this email address has already been registered")
        }
        _ => error.into(),
    })
}
