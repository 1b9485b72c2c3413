//! Downloads: with a token, with a signed link, or from a public bucket. Ranges, validators and `HEAD` work
//! the same for all three (axum answers `HEAD` with the headers of `GET`).

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeZone, Utc};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::errors::StorageError;
use super::info::Object;
use super::ranges::{Wanted, wanted};
use super::sign::read_link;
use super::{Shared, Storage};
use crate::caller::NoCaller;

/// HTTP's date format.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
/// Memory per download.
const PIECE_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
pub struct DownloadQuery {
    /// Present: the browser saves the file, under this name when it is not empty.
    download: Option<String>,
    /// The signature of a signed link.
    token: Option<String>,
}

/// `GET /object/authenticated/{bucket}/{name}` and `GET /object/{bucket}/{name}`.
pub async fn authenticated(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let caller = match storage.caller(&headers) {
        Ok(caller) => caller,
        // Without a token a private bucket is not even named.
        Err(NoCaller::NoToken) if !storage.bucket(&bucket).await?.public => {
            return Err(StorageError::NoSuchBucket);
        }
        Err(NoCaller::NoToken) => return send_public(&storage, &bucket, &name, &query, &headers).await,
        Err(error) => return Err(error.into()),
    };
    let mut transaction = storage.begin_as(&caller, "storage.object.get_authenticated").await?;
    let object = Object::find(&mut transaction, &bucket, &name).await?;
    transaction.rollback().await?;
    send(&storage, &object, &query, &headers, None).await
}

/// `GET /object/public/{bucket}/{name}`.
pub async fn public(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    send_public(&storage, &bucket, &name, &query, &headers).await
}

/// `GET /object/sign/{bucket}/{name}?token=…`: the token alone opens it.
pub async fn signed(
    State(storage): State<Shared>,
    Path((bucket, name)): Path<(String, String)>,
    Query(query): Query<DownloadQuery>,
    headers: HeaderMap,
) -> Result<Response, StorageError> {
    let token = query.token.as_deref().unwrap_or_default();
    let expires_at = read_link(&storage.keys, token, &format!("{bucket}/{name}"))?;
    let mut connection = storage.pool.acquire().await?;
    let object = Object::find(&mut connection, &bucket, &name).await?;
    drop(connection);
    send(&storage, &object, &query, &headers, Some(expires_at)).await
}

async fn send_public(
    storage: &Storage,
    bucket: &str,
    name: &str,
    query: &DownloadQuery,
    headers: &HeaderMap,
) -> Result<Response, StorageError> {
    if !storage.bucket(bucket).await?.public {
        return Err(StorageError::NoSuchBucket);
    }
    let mut connection = storage.pool.acquire().await?;
    let object = Object::find(&mut connection, bucket, name).await?;
    drop(connection);
    send(storage, &object, query, headers, None).await
}

async fn send(
    storage: &Storage,
    object: &Object,
    query: &DownloadQuery,
    headers: &HeaderMap,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Response, StorageError> {
    let mut file = storage.files.open_version(&object.version).await?;
    let size = file.metadata().await?.len();
    let mut answer = describe(object, query, expires_at);
    if is_unchanged(object, headers) {
        answer.remove(header::CONTENT_TYPE);
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, first, length) = match wanted(range, size) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part(first, last) => {
            answer.insert(header::CONTENT_RANGE, value(&format!("bytes {first}-{last}/{size}")));
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1)
        }
        Wanted::Unsatisfiable => return Err(StorageError::InvalidRange),
    };
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    file.seek(std::io::SeekFrom::Start(first)).await?;
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), PIECE_BYTES));
    Ok((status, answer, body).into_response())
}

fn describe(object: &Object, query: &DownloadQuery, expires_at: Option<DateTime<Utc>>) -> HeaderMap {
    let mut answer = HeaderMap::new();
    let content_type = object.content_type();
    // A page from here would run in the API's origin.
    let content_type = if content_type.starts_with("text/html") {
        content_type.replacen("html", "plain", 1)
    } else {
        content_type.to_owned()
    };
    answer.insert(header::CONTENT_TYPE, value(&content_type));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::ETAG, value(object.etag()));
    answer.insert(header::LAST_MODIFIED, value(&object.updated_at.format(HTTP_DATE).to_string()));
    answer.insert("x-robots-tag", HeaderValue::from_static("none"));
    match expires_at {
        Some(time) => answer.insert(header::EXPIRES, value(&time.format(HTTP_DATE).to_string())),
        None => answer.insert(header::CACHE_CONTROL, value(object.cache_control())),
    };
    if let Some(download) = &query.download {
        let name =
            if download.is_empty() { object.name.rsplit('/').next().unwrap_or_default() } else { download };
        let plain: String = name.chars().filter(|c| c.is_ascii_graphic() && !"\"\\;".contains(*c)).collect();
        answer.insert(header::CONTENT_DISPOSITION, value(&format!("attachment; filename=\"{plain}\"")));
    }
    answer
}

/// Whether the caller already has this version. `If-None-Match` decides where both are sent.
fn is_unchanged(object: &Object, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(tags) = text(header::IF_NONE_MATCH) {
        return tags.split(',').any(|tag| {
            matches!(tag.trim().trim_start_matches("W/"), "*")
                || tag.trim().trim_start_matches("W/") == object.etag()
        });
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(parse_http_date);
    since.is_some_and(|since| object.updated_at.timestamp() <= since.timestamp())
}

fn parse_http_date(text: &str) -> Option<DateTime<Utc>> {
    let naive = chrono::NaiveDateTime::parse_from_str(text.trim(), HTTP_DATE).ok()?;
    Some(Utc.from_utc_datetime(&naive))
}

/// A header value; what cannot stand in one (a control character in stored metadata) is left out.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
