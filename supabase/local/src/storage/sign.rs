//! Signed links: whoever holds one may read one object until it expires.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::StorageError;
use super::info::Object;
use super::{Shared, Storage, parse};
use crate::keys::Keys;

#[derive(Deserialize)]
pub struct SignBody {
    #[serde(rename = "expiresIn")]
    expires_in: i64,
}

#[derive(Deserialize)]
pub struct SignManyBody {
    #[serde(rename = "expiresIn")]
    expires_in: i64,
    paths: Vec<String>,
}

/// `POST /object/sign/{bucket}/{name}`: the caller must be allowed to read the object.
pub async fn sign(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, StorageError> {
    let body: SignBody = parse(&body)?;
    check_seconds(body.expires_in)?;
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.object.sign").await?;
    let object = Object::find(&mut transaction, &bucket, &name).await?;
    Ok(Json(json!({ "signedURL": link(&storage, &object, body.expires_in)? })))
}

/// `POST /object/sign/{bucket}`: many at once; what cannot be signed says so in its own entry.
pub async fn sign_many(
    State(storage): State<Shared>,
    Path(bucket): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Vec<Value>>, StorageError> {
    let body: SignManyBody = parse(&body)?;
    check_seconds(body.expires_in)?;
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.object.sign_many").await?;
    let mut answers = Vec::with_capacity(body.paths.len());
    for path in &body.paths {
        answers.push(match Object::find(&mut transaction, &bucket, path).await {
            Ok(object) => json!({
                "error": null, "path": path, "signedURL": link(&storage, &object, body.expires_in)?,
            }),
            Err(StorageError::NoSuchKey) => json!({
                "error": "Either the object does not exist or you do not have access to it",
                "path": path, "signedURL": null,
            }),
            Err(error) => return Err(error),
        });
    }
    Ok(Json(answers))
}

fn check_seconds(expires_in: i64) -> Result<(), StorageError> {
    if expires_in >= 1 {
        return Ok(());
    }
    Err(StorageError::InvalidRequest("body/expiresIn must be >= 1".to_owned()))
}

/// Relative to `/storage/v1` and not percent-encoded, as the original answers: clients do both.
fn link(storage: &Storage, object: &Object, expires_in_seconds: i64) -> Result<String, StorageError> {
    let now = Utc::now().timestamp();
    let path = format!("{}/{}", object.bucket_id, object.name);
    let claims = json!({
        "url": path, "scope": "download", "iat": now, "exp": now.saturating_add(expires_in_seconds),
    });
    let token = storage.keys.sign_link(&claims)?;
    Ok(format!("/object/sign/{path}?token={token}"))
}

/// When the link for `path` ends, if `token` is its signature and it has not ended yet.
pub fn read_link(keys: &Keys, token: &str, path: &str) -> Result<DateTime<Utc>, StorageError> {
    use jsonwebtoken::errors::ErrorKind;
    let claims = keys.verify(token).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => StorageError::InvalidSignature,
        ErrorKind::ExpiredSignature => {
            StorageError::InvalidLink("\"exp\" claim timestamp check failed".to_owned())
        }
        _ => StorageError::InvalidLink(error.to_string()),
    })?;
    // The same secret signs the anon key, which names no path, and links for uploads, whose scope differs.
    let names_path = claims.get("url").and_then(Value::as_str) == Some(path);
    let for_reading = claims.get("scope").and_then(Value::as_str) == Some("download");
    let expires_at =
        claims.get("exp").and_then(Value::as_i64).and_then(|exp| DateTime::from_timestamp(exp, 0));
    expires_at.filter(|_| names_path && for_reading).ok_or(StorageError::InvalidSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_its_own_path_only() {
        let keys = Keys::local();
        let exp = Utc::now().timestamp() + 60;
        let token = keys.sign_link(&json!({ "url": "b/a", "scope": "download", "exp": exp })).unwrap();
        assert!(read_link(&keys, &token, "b/a").is_ok());
        assert!(matches!(read_link(&keys, &token, "b/c"), Err(StorageError::InvalidSignature)));
        assert!(matches!(read_link(&keys, crate::ANON_KEY, "b/a"), Err(StorageError::InvalidSignature)));
        assert!(matches!(read_link(&keys, "nonsense", "b/a"), Err(StorageError::InvalidLink(_))));
    }
}
