//! `/bucket`: list, show and make buckets, as the caller.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::StorageError;
use super::names::check_bucket_name;
use super::{Shared, parse};

#[derive(Deserialize)]
pub struct NewBucket {
    name: String,
    id: Option<String>,
    #[serde(default)]
    public: bool,
    file_size_limit: Option<i64>,
    allowed_mime_types: Option<Vec<String>>,
}

const SELECT: &str = "select jsonb_build_object(
    'id', id, 'name', name, 'owner', coalesce(owner_id, ''), 'public', public, 'file_size_limit', file_size_limit,
    'allowed_mime_types', allowed_mime_types, 'created_at', created_at, 'updated_at', updated_at
  ) from storage.buckets where $1::text is null or id = $1 order by name";

/// `GET /bucket`.
pub async fn list(
    State(storage): State<Shared>,
    headers: HeaderMap,
) -> Result<Json<Vec<Value>>, StorageError> {
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.bucket.list").await?;
    let buckets = sqlx::query_scalar(SELECT).bind(None::<String>).fetch_all(&mut *transaction).await?;
    Ok(Json(buckets))
}

/// `GET /bucket/{bucket}`.
pub async fn show(
    State(storage): State<Shared>,
    Path(bucket): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, StorageError> {
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.bucket.get").await?;
    let bucket = sqlx::query_scalar(SELECT).bind(Some(bucket)).fetch_optional(&mut *transaction).await?;
    bucket.map(Json).ok_or(StorageError::NoSuchBucket)
}

/// `POST /bucket`.
pub async fn create(
    State(storage): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, StorageError> {
    let bucket: NewBucket = parse(&body)?;
    let caller = storage.caller(&headers)?;
    check_bucket_name(&bucket.name)?;
    let mut transaction = storage.begin_as(&caller, "storage.bucket.create").await?;
    sqlx::query(
        "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, owner_id)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(bucket.id.as_ref().unwrap_or(&bucket.name))
    .bind(&bucket.name)
    .bind(bucket.public)
    .bind(bucket.file_size_limit)
    .bind(&bucket.allowed_mime_types)
    .bind(caller.claim("sub"))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Json(json!({ "name": bucket.name })))
}
