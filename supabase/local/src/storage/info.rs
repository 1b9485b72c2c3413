//! Objects as rows: found as the caller or for a signed link, and `GET /object/info/…`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::Shared;
use super::errors::StorageError;

/// A row of `storage.objects`.
#[derive(FromRow)]
pub struct Object {
    pub id: Uuid,
    pub bucket_id: String,
    pub name: String,
    pub version: String,
    pub metadata: Value,
    pub user_metadata: Option<Value>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Object {
    /// The object, when whoever the connection acts for may see it.
    pub async fn find(
        connection: &mut PgConnection,
        bucket: &str,
        name: &str,
    ) -> Result<Object, StorageError> {
        sqlx::query_as(
            "select id, bucket_id, name, coalesce(version, '') as version, coalesce(metadata, '{}') as metadata,
               user_metadata, coalesce(created_at, now()) as created_at, coalesce(updated_at, now()) as updated_at
             from storage.objects where bucket_id = $1 and name = $2",
        )
        .bind(bucket)
        .bind(name)
        .fetch_optional(connection)
        .await?
        .ok_or(StorageError::NoSuchKey)
    }

    pub fn etag(&self) -> &str {
        self.metadata_text("eTag").unwrap_or("\"\"")
    }

    pub fn content_type(&self) -> &str {
        self.metadata_text("mimetype").unwrap_or("application/octet-stream")
    }

    pub fn cache_control(&self) -> &str {
        self.metadata_text("cacheControl").unwrap_or("no-cache")
    }

    fn metadata_text(&self, name: &str) -> Option<&str> {
        self.metadata.get(name).and_then(Value::as_str)
    }
}

/// `GET /object/info/{bucket}/{name}`.
pub async fn info(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, StorageError> {
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.object.info").await?;
    let object = Object::find(&mut transaction, &bucket, &name).await?;
    Ok(Json(json!({
        "id": object.id,
        "name": object.name,
        "version": object.version,
        "bucket_id": object.bucket_id,
        "size": object.metadata.get("size"),
        "content_type": object.content_type(),
        "cache_control": object.cache_control(),
        "etag": object.etag(),
        "metadata": object.user_metadata,
        "last_modified": object.updated_at,
        "created_at": object.created_at,
    })))
}
