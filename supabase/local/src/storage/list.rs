//! `POST /object/list/{bucket}`: one folder, as far as the caller may see it.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::errors::StorageError;
use super::{Shared, parse};

#[derive(Deserialize)]
pub struct ListBody {
    prefix: String,
    #[serde(default = "default_limit")]
    limit: i64,
    #[serde(default)]
    offset: i64,
    #[serde(default, rename = "sortBy")]
    sort_by: SortBy,
    #[serde(default)]
    search: String,
}

fn default_limit() -> i64 {
    100
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SortBy {
    column: Column,
    order: Order,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Column {
    #[default]
    Name,
    UpdatedAt,
    CreatedAt,
    LastAccessedAt,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Asc,
    Desc,
}

#[derive(FromRow)]
struct Entry {
    name: String,
    id: Option<Uuid>,
    updated_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    last_accessed_at: Option<DateTime<Utc>>,
    metadata: Option<Value>,
}

/// Folders come with `id: null`; names are relative to the prefix.
pub async fn list(
    State(storage): State<Shared>,
    Path(bucket): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Vec<Value>>, StorageError> {
    let body: ListBody = parse(&body)?;
    let caller = storage.caller(&headers)?;
    let mut prefix = body.prefix.trim_start_matches('/').to_owned();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    let column = match body.sort_by.column {
        Column::Name => "name",
        Column::UpdatedAt => "updated_at",
        Column::CreatedAt => "created_at",
        Column::LastAccessedAt => "last_accessed_at",
    };
    let order = match body.sort_by.order {
        Order::Asc => "asc",
        Order::Desc => "desc",
    };
    let query = format!(
        "with here as (
           select o.*, split_part(substr(o.name, length($2) + 1), '/', 1) as part,
             strpos(substr(o.name, length($2) + 1), '/') > 0 as deeper
           from storage.objects o where o.bucket_id = $1 and starts_with(o.name, $2)
         ), entries as (
           select part as name, id, updated_at, created_at, last_accessed_at, metadata from here where not deeper
           union all
           select distinct part, null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb
           from here where deeper
         )
         select * from entries where name <> '' and strpos(lower(name), lower($3)) > 0
         order by {column} {order} nulls last, name limit $4 offset $5"
    );
    let mut transaction = storage.begin_as(&caller, "storage.object.list").await?;
    let entries: Vec<Entry> = sqlx::query_as(AssertSqlSafe(query))
        .bind(&bucket)
        .bind(&prefix)
        .bind(&body.search)
        .bind(body.limit.clamp(0, 10_000))
        .bind(body.offset.max(0))
        .fetch_all(&mut *transaction)
        .await?;
    let entries = entries.into_iter().map(|entry| {
        json!({
            "name": entry.name, "id": entry.id, "updated_at": entry.updated_at, "created_at": entry.created_at,
            "last_accessed_at": entry.last_accessed_at, "metadata": entry.metadata,
        })
    });
    Ok(Json(entries.collect()))
}
