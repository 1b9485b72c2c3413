//! Users: their row, their JSON, and `GET /user`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::errors::AuthError;
use super::{Auth, Shared};
use crate::caller::{Caller, NoCaller};

/// A row of `auth.users` with its identities.
#[expect(clippy::struct_field_names, reason = "`user_metadata` is Auth's own name")]
#[derive(FromRow, Debug)]
pub struct User {
    pub id: Uuid,
    pub aud: String,
    pub role: String,
    pub email: String,
    pub phone: String,
    pub email_confirmed_at: Option<DateTime<Utc>>,
    pub phone_confirmed_at: Option<DateTime<Utc>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub app_metadata: Value,
    pub user_metadata: Value,
    pub identities: Value,
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub banned_until: Option<DateTime<Utc>>,
    pub is_anonymous: bool,
}

/// Selects what [`User`] needs; a `where` follows.
const SELECT: &str = "
select u.id, coalesce(u.aud, '') as aud, coalesce(u.role, '') as role, coalesce(u.email, '') as email,
  coalesce(u.phone, '') as phone, u.email_confirmed_at, u.phone_confirmed_at, u.confirmed_at, u.last_sign_in_at,
  coalesce(u.raw_app_meta_data, '{}') as app_metadata, coalesce(u.raw_user_meta_data, '{}') as user_metadata,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'identity_data', i.identity_data,
      'provider', i.provider, 'last_sign_in_at', i.last_sign_in_at, 'created_at', i.created_at,
      'updated_at', i.updated_at, 'email', i.email
    ) order by i.created_at) from auth.identities i where i.user_id = u.id
  ), '[]') as identities,
  u.created_at, u.updated_at, u.banned_until, u.is_anonymous
from auth.users u where u.deleted_at is null ";

impl User {
    pub async fn by_id(connection: &mut PgConnection, id: Uuid) -> Result<Option<User>, sqlx::Error> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} and u.id = $1"));
        sqlx::query_as(query).bind(id).fetch_optional(connection).await
    }

    /// One page of users, oldest first.
    pub async fn page(
        connection: &mut PgConnection,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<User>, sqlx::Error> {
        let query = sqlx::AssertSqlSafe(format!("{SELECT} order by u.created_at, u.id limit $1 offset $2"));
        sqlx::query_as(query).bind(limit).bind(offset).fetch_all(connection).await
    }

    pub fn is_banned(&self) -> bool {
        self.banned_until.is_some_and(|until| until > Utc::now())
    }

    /// The JSON that every endpoint shows.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "id": self.id, "aud": self.aud, "role": self.role, "email": self.email, "phone": self.phone,
            "app_metadata": self.app_metadata, "user_metadata": self.user_metadata,
            "identities": self.identities, "created_at": self.created_at, "updated_at": self.updated_at,
            "is_anonymous": self.is_anonymous,
        });
        let optional = [
            ("email_confirmed_at", self.email_confirmed_at),
            ("phone_confirmed_at", self.phone_confirmed_at),
            ("confirmed_at", self.confirmed_at),
            ("last_sign_in_at", self.last_sign_in_at),
            ("banned_until", self.banned_until),
        ];
        for (name, time) in optional {
            if let Some(time) = time {
                json[name] = json!(time);
            }
        }
        json
    }

    /// The claims of this user's access token for one session.
    pub fn claims(&self, auth: &Auth, session_id: Uuid, signed_in_at: DateTime<Utc>) -> Map<String, Value> {
        let now = Utc::now().timestamp();
        let claims = json!({
            "iss": auth.issuer, "sub": self.id, "aud": self.aud, "exp": now + auth.access_token_seconds, "iat": now,
            "email": self.email, "phone": self.phone, "app_metadata": self.app_metadata,
            "user_metadata": self.user_metadata, "role": self.role, "aal": "aal1",
            "amr": [{ "method": "password", "timestamp": signed_in_at.timestamp() }],
            "session_id": session_id, "is_anonymous": self.is_anonymous,
        });
        match claims {
            Value::Object(claims) => claims,
            _ => Map::new(),
        }
    }
}

/// The caller of an endpoint that needs a token, whoever it is.
pub fn authenticated(auth: &Auth, headers: &HeaderMap) -> Result<Caller, AuthError> {
    Caller::of(headers, &auth.keys).map_err(|error| match error {
        NoCaller::NoToken => {
            AuthError::new(401, "no_authorization", "This endpoint requires a valid Bearer token")
        }
        NoCaller::BadToken(reason) => AuthError::new(
            403,
            "bad_jwt",
            format!("invalid JWT: unable to parse or verify signature, {reason}"),
        ),
    })
}

/// The signed-in user that the token belongs to, with the id of the session.
pub async fn signed_in(auth: &Auth, headers: &HeaderMap) -> Result<(User, Uuid), AuthError> {
    let caller = authenticated(auth, headers)?;
    let user_id = caller
        .claim("sub")
        .ok_or_else(|| AuthError::new(403, "bad_jwt", "invalid claim: missing sub claim"))?;
    let user_id: Uuid = user_id
        .parse()
        .map_err(|_| AuthError::new(403, "bad_jwt", "invalid claim: sub claim must be a UUID"))?;
    let mut connection = auth.pool.acquire().await?;
    let user = User::by_id(&mut connection, user_id).await?;
    let user = user
        .ok_or_else(|| AuthError::new(403, "user_not_found", "User from sub claim in JWT does not exist"))?;
    if user.is_banned() {
        return Err(AuthError::new(403, "user_banned", "User is banned"));
    }
    let session_id: Option<Uuid> = caller.claim("session_id").and_then(|id| id.parse().ok());
    let known: bool =
        sqlx::query_scalar("select exists (select 1 from auth.sessions where id = $1 and user_id = $2)")
            .bind(session_id)
            .bind(user.id)
            .fetch_one(&mut *connection)
            .await?;
    match session_id.filter(|_| known) {
        Some(session_id) if caller.claim("aud") == Some(user.aud.as_str()) => Ok((user, session_id)),
        Some(_) => {
            Err(AuthError::new(400, "validation_failed", "Token audience doesn't match request audience"))
        }
        None => Err(AuthError::new(
            403,
            "session_not_found",
            "Session from session_id claim in JWT does not exist",
        )),
    }
}

/// `GET /user`.
pub async fn show(State(auth): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, AuthError> {
    Ok(Json(signed_in(&auth, &headers).await?.0.to_json()))
}
