//! `/storage/v1`: buckets and objects, with Supabase Storage's paths and its rule that nearly every
//! refusal is HTTP 400 with the real code in the body.
//!
//! Who may do what is decided by Postgres: each request runs as the caller's role under the project's
//! policies. A file's place on disk is the random version of its row, never its name.

mod buckets;
mod delete;
mod download;
mod errors;
mod files;
mod info;
mod list;
mod names;
mod permissions;
mod ranges;
mod sign;
mod upload;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use sqlx::PgPool;

use crate::keys::Keys;
use errors::StorageError;
use files::Files;

/// What every Storage request needs.
pub struct Storage {
    /// Connects as `supabase_storage_admin`, the owner of the storage tables.
    pub pool: PgPool,
    pub keys: Keys,
    pub files: Files,
    /// `[storage] file_size_limit`; a bucket's own limit can only be smaller.
    pub file_size_limit_bytes: u64,
}

impl Storage {
    /// Opens the folder of files.
    pub fn new(
        pool: PgPool,
        keys: Keys,
        dir: std::path::PathBuf,
        file_size_limit_bytes: u64,
    ) -> Result<Storage, crate::Error> {
        Ok(Storage { pool, keys, files: Files::open(dir)?, file_size_limit_bytes })
    }
}

type Shared = Arc<Storage>;

/// The routes, without their `/storage/v1` prefix.
pub fn router(storage: Storage) -> Router {
    Router::new()
        .route("/bucket", get(buckets::list).post(buckets::create))
        .route("/bucket/{bucket}", get(buckets::show))
        .route("/object/list/{bucket}", post(list::list))
        .route("/object/sign/{bucket}", post(sign::sign_many))
        .route("/object/sign/{bucket}/{*name}", post(sign::sign).get(download::signed))
        .route("/object/info/{bucket}/{*name}", get(info::info))
        .route("/object/info/authenticated/{bucket}/{*name}", get(info::info))
        .route("/object/authenticated/{bucket}/{*name}", get(download::authenticated))
        .route("/object/public/{bucket}/{*name}", get(download::public))
        .route("/object/{bucket}", axum::routing::delete(delete::delete_many))
        .route(
            "/object/{bucket}/{*name}",
            get(download::authenticated)
                .post(upload::create)
                .put(upload::replace)
                .delete(delete::delete_one)
                // Uploads are streams; their limit is the bucket's.
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/status", get(|| async { Json(serde_json::json!({})) }))
        .fallback(|| async { StorageError::NoSuchRoute })
        .with_state(Arc::new(storage))
}

/// The body of a request that is no upload.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, StorageError> {
    serde_json::from_slice(body).map_err(|error| StorageError::InvalidRequest(format!("body: {error}")))
}
