//! Deleting objects: the row first, as the caller, then the file.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;

use super::errors::StorageError;
use super::info::Object;
use super::{Shared, parse};

/// The most names that one request may delete.
const MAXIMUM_NAMES: usize = 1000;

#[derive(Deserialize)]
pub struct DeleteBody {
    prefixes: Vec<String>,
}

/// `DELETE /object/{bucket}/{name}`.
pub async fn delete_one(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, StorageError> {
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.object.delete").await?;
    let object = Object::find(&mut transaction, &bucket, &name).await?;
    if !delete_row(&mut transaction, &object).await? {
        return Err(StorageError::AccessDenied("Access denied".to_owned()));
    }
    transaction.commit().await?;
    storage.files.remove_version(&object.version).await;
    Ok(Json(json!({ "message": "Successfully deleted" })))
}

/// `DELETE /object/{bucket}` with `{"prefixes": […]}` (they are whole names). Answers with what it deleted.
pub async fn delete_many(
    State(storage): State<Shared>,
    Path(bucket): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Vec<Value>>, StorageError> {
    let body: DeleteBody = parse(&body)?;
    if body.prefixes.len() > MAXIMUM_NAMES {
        return Err(StorageError::InvalidRequest(format!(
            "body/prefixes must NOT have more than {MAXIMUM_NAMES} items"
        )));
    }
    let caller = storage.caller(&headers)?;
    let mut transaction = storage.begin_as(&caller, "storage.object.delete_many").await?;
    let mut deleted = Vec::new();
    for name in &body.prefixes {
        let object = match Object::find(&mut transaction, &bucket, name).await {
            Ok(object) => object,
            Err(StorageError::NoSuchKey) => continue,
            Err(error) => return Err(error),
        };
        if delete_row(&mut transaction, &object).await? {
            deleted.push(object);
        }
    }
    transaction.commit().await?;
    let mut answers = Vec::with_capacity(deleted.len());
    for object in deleted {
        storage.files.remove_version(&object.version).await;
        answers.push(json!({
            "bucket_id": object.bucket_id, "name": object.name, "id": object.id, "version": object.version,
            "metadata": object.metadata, "user_metadata": object.user_metadata,
            "created_at": object.created_at, "updated_at": object.updated_at,
        }));
    }
    Ok(Json(answers))
}

/// Whether the policies let the row go.
async fn delete_row(connection: &mut PgConnection, object: &Object) -> Result<bool, StorageError> {
    sqlx::query("select set_config('storage.allow_delete_query', 'true', true)")
        .execute(&mut *connection)
        .await?;
    let deleted =
        sqlx::query("delete from storage.objects where id = $1").bind(object.id).execute(connection).await?;
    Ok(deleted.rows_affected() > 0)
}
