//! Uploads: `POST` makes an object, `PUT` (or `x-upsert: true`) replaces it. The body is the file itself or
//! a multipart form with one file, as browsers' `FormData` sends it.
//!
//! The order is: may the caller, then the file, then the row. A crash leaves at most a file without a row.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use super::errors::StorageError;
use super::files::Incoming;
use super::names::check_name;
use super::permissions::Bucket;
use super::{Shared, Storage};
use crate::caller::Caller;

/// Longest `x-metadata`, decoded.
const MAXIMUM_USER_METADATA_BYTES: usize = 1 << 20;

/// How much of a refused body is read, and for how long.
const REFUSED_BODY_BYTES: usize = 64 << 20;
const REFUSED_BODY_WITHIN: Duration = Duration::from_secs(10);

/// What an upload says about its file.
struct Description {
    content_type: String,
    cache_control: String,
    user_metadata: Option<Value>,
}

/// `POST /object/{bucket}/{name}`.
pub async fn create(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    let upsert = text(request.headers(), "x-upsert").is_some_and(|value| value == "true");
    upload(&storage, &bucket, &name, upsert, request).await
}

/// `PUT /object/{bucket}/{name}`.
pub async fn replace(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    upload(&storage, &bucket, &name, true, request).await
}

async fn upload(
    storage: &Storage,
    bucket_id: &str,
    name: &str,
    upsert: bool,
    request: Request,
) -> Result<Json<Value>, StorageError> {
    let admitted = match admit(storage, bucket_id, name, upsert, request.headers()).await {
        Ok(admitted) => admitted,
        Err(refusal) => {
            // Who sends too much is not listened to any further.
            if !matches!(refusal, StorageError::TooLarge) {
                read_rest(request).await;
            }
            return Err(refusal);
        }
    };
    let Admitted { caller, bucket, limit_bytes, raw } = admitted;
    let (incoming, description) = match raw {
        None => receive_form(storage, &bucket, request, limit_bytes).await?,
        Some(description) => {
            let body = request.into_body().into_data_stream();
            (storage.files.receive(body, limit_bytes).await?, description)
        }
    };
    let id = record(storage, &caller, bucket_id, name, upsert, incoming, &description).await?;
    Ok(Json(json!({ "Id": id, "Key": format!("{bucket_id}/{name}") })))
}

/// An upload that may begin.
struct Admitted {
    caller: Caller,
    bucket: Bucket,
    limit_bytes: u64,
    /// What the headers say about a raw body; a form describes itself.
    raw: Option<Description>,
}

/// Decides by the headers alone.
async fn admit(
    storage: &Storage,
    bucket_id: &str,
    name: &str,
    upsert: bool,
    headers: &HeaderMap,
) -> Result<Admitted, StorageError> {
    let caller = storage.caller(headers)?;
    let bucket = storage.bucket(bucket_id).await?;
    check_name(name)?;
    let limit_bytes = bucket
        .file_size_limit
        .and_then(|limit| u64::try_from(limit).ok())
        .map_or(storage.file_size_limit_bytes, |limit| limit.min(storage.file_size_limit_bytes));
    let content_type = text(headers, "content-type").unwrap_or("application/octet-stream").to_owned();
    let is_form = content_type.starts_with("multipart/form-data");
    let announced: Option<u64> = text(headers, "content-length").and_then(|length| length.parse().ok());
    if !is_form && announced.is_some_and(|length| length > limit_bytes) {
        return Err(StorageError::TooLarge);
    }
    may_write(storage, &caller, bucket_id, name, upsert).await?;
    let raw = if is_form {
        None
    } else {
        let cache_control = text(headers, "cache-control").unwrap_or("no-cache").to_owned();
        let user_metadata = text(headers, "x-metadata").map(decode_metadata).transpose()?;
        check_mime_type(&bucket, &content_type)?;
        Some(Description { content_type, cache_control, user_metadata })
    };
    Ok(Admitted { caller, bucket, limit_bytes, raw })
}

/// Reads what a refused client is still sending. An answer in the middle of it would close the
/// connection, and a client that only sees its sending fail never reads why.
async fn read_rest(request: Request) {
    let mut body = request.into_body().into_data_stream();
    let mut left = REFUSED_BODY_BYTES;
    let read = async {
        while let Some(Ok(piece)) = body.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                break;
            }
        }
    };
    // Whoever is slower or sends more is cut off after all.
    let _ = tokio::time::timeout(REFUSED_BODY_WITHIN, read).await;
}

/// Asks Postgres, as the caller, for the row that the upload would make, and takes it back.
async fn may_write(
    storage: &Storage,
    caller: &Caller,
    bucket: &str,
    name: &str,
    upsert: bool,
) -> Result<(), StorageError> {
    let statement = if upsert {
        "insert into storage.objects (bucket_id, name, owner, owner_id, version) values ($1, $2, $3, $4, $5)
         on conflict (bucket_id, name) do update set version = excluded.version, owner_id = excluded.owner_id"
    } else {
        "insert into storage.objects (bucket_id, name, owner, owner_id, version) values ($1, $2, $3, $4, $5)"
    };
    let mut transaction = storage.begin_as(caller, "storage.object.upload").await?;
    sqlx::query(statement)
        .bind(bucket)
        .bind(name)
        .bind(owner(caller))
        .bind(caller.claim("sub"))
        .bind(Uuid::new_v4().to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.rollback().await?;
    Ok(())
}

/// Puts the file in its place and writes its row; the file of the row it replaces goes.
async fn record(
    storage: &Storage,
    caller: &Caller,
    bucket: &str,
    name: &str,
    upsert: bool,
    mut incoming: Incoming,
    description: &Description,
) -> Result<Uuid, StorageError> {
    incoming.keep().await?;
    let metadata = json!({
        "eTag": incoming.etag,
        "size": incoming.bytes,
        "mimetype": description.content_type,
        "cacheControl": description.cache_control,
        "lastModified": chrono::Utc::now(),
        "contentLength": incoming.bytes,
        "httpStatusCode": 200,
    });
    let mut transaction = storage.pool.begin().await?;
    let replaced: Option<String> = sqlx::query_scalar(
        "select coalesce(version, '') from storage.objects where bucket_id = $1 and name = $2 for update",
    )
    .bind(bucket)
    .bind(name)
    .fetch_optional(&mut *transaction)
    .await?;
    if replaced.is_some() && !upsert {
        return Err(StorageError::AlreadyExists);
    }
    let id: Uuid = sqlx::query_scalar(
        "insert into storage.objects
           (bucket_id, name, owner, owner_id, version, metadata, user_metadata, last_accessed_at)
         values ($1, $2, $3, $4, $5, $6, $7, now())
         on conflict (bucket_id, name) do update set
           owner = excluded.owner, owner_id = excluded.owner_id, version = excluded.version,
           metadata = excluded.metadata, user_metadata = excluded.user_metadata
         returning id",
    )
    .bind(bucket)
    .bind(name)
    .bind(owner(caller))
    .bind(caller.claim("sub"))
    .bind(incoming.version.to_string())
    .bind(metadata)
    .bind(&description.user_metadata)
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    incoming.hand_over();
    if let Some(version) = replaced {
        storage.files.remove_version(&version).await;
    }
    Ok(id)
}

/// Reads the form up to its file and streams that; fields after the file are read as well.
async fn receive_form(
    storage: &Storage,
    bucket: &Bucket,
    request: Request,
    limit_bytes: u64,
) -> Result<(Incoming, Description), StorageError> {
    let bad_form =
        |error: &dyn std::fmt::Display| StorageError::InvalidRequest(format!("not a usable form: {error}"));
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| bad_form(&error))?;
    let mut received = None;
    let mut description = Description {
        content_type: String::new(),
        cache_control: "no-cache".to_owned(),
        user_metadata: None,
    };
    while let Some(field) = form.next_field().await.map_err(|error| bad_form(&error))? {
        let field_name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() || field_name.is_empty() {
            if received.is_some() {
                return Err(StorageError::InvalidRequest("a form holds one file".to_owned()));
            }
            let own = field.content_type().unwrap_or("application/octet-stream").to_owned();
            if description.content_type.is_empty() {
                description.content_type = own;
            }
            check_mime_type(bucket, &description.content_type)?;
            received = Some(storage.files.receive(pieces(field), limit_bytes).await?);
            continue;
        }
        let value = field.text().await.map_err(|error| bad_form(&error))?;
        match field_name.as_str() {
            "cacheControl" => description.cache_control = format!("max-age={value}"),
            "contentType" => description.content_type = value,
            "metadata" => {
                let metadata = serde_json::from_str(&value);
                description.user_metadata = Some(metadata.map_err(|error| bad_form(&error))?);
            }
            _ => {}
        }
    }
    let received =
        received.ok_or_else(|| StorageError::InvalidRequest("the form holds no file".to_owned()))?;
    check_mime_type(bucket, &description.content_type)?;
    Ok((received, description))
}

fn pieces(
    field: axum::extract::multipart::Field<'_>,
) -> impl Stream<Item = Result<Bytes, axum::extract::multipart::MultipartError>> + '_ {
    futures::stream::try_unfold(field, |mut field| async move {
        Ok(field.chunk().await?.map(|piece| (piece, field)))
    })
}

/// A bucket's list may name whole families: `audio/*`.
fn check_mime_type(bucket: &Bucket, content_type: &str) -> Result<(), StorageError> {
    let Some(allowed) = bucket.allowed_mime_types.as_ref().filter(|allowed| !allowed.is_empty()) else {
        return Ok(());
    };
    let mime = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let matches = |pattern: &String| match pattern.strip_suffix("/*") {
        Some(family) => mime.split('/').next() == Some(family),
        None => *pattern == mime || pattern == "*",
    };
    if allowed.iter().any(matches) { Ok(()) } else { Err(StorageError::MimeType(mime)) }
}

fn decode_metadata(base64: &str) -> Result<Value, StorageError> {
    let decoded = STANDARD.decode(base64).ok().filter(|bytes| bytes.len() <= MAXIMUM_USER_METADATA_BYTES);
    decoded
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| StorageError::InvalidRequest("x-metadata is no base64 of a JSON object".to_owned()))
}

fn owner(caller: &Caller) -> Option<Uuid> {
    caller.claim("sub").and_then(|sub| sub.parse().ok())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let name = header::HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.get(name)?.to_str().ok()
}
