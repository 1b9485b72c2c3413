//! Transactions in which Postgres takes the caller for what it is.

use axum::http::HeaderMap;
use serde_json::Value;
use sqlx::{FromRow, Postgres, Transaction};

use super::Storage;
use super::errors::StorageError;
use crate::caller::{Caller, NoCaller};

/// A bucket, as far as uploads and downloads need it.
#[derive(FromRow)]
pub struct Bucket {
    pub public: bool,
    pub file_size_limit: Option<i64>,
    pub allowed_mime_types: Option<Vec<String>>,
}

impl Storage {
    /// The caller that the request's token proves.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Caller, NoCaller> {
        Caller::of(headers, &self.keys)
    }

    /// A transaction with the caller's role and claims: what it reads and writes, the policies allow.
    /// Dropped, it changes nothing.
    pub async fn begin_as(
        &self,
        caller: &Caller,
        operation: &str,
    ) -> Result<Transaction<'static, Postgres>, StorageError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "select set_config('role', $1, true), set_config('request.jwt.claim.role', $1, true),
               set_config('request.jwt.claim.sub', $2, true), set_config('request.jwt.claims', $3, true),
               set_config('storage.operation', $4, true), set_config('search_path', 'storage, public, extensions', true)",
        )
        .bind(&caller.role)
        .bind(caller.claim("sub").unwrap_or_default())
        .bind(Value::Object(caller.claims.clone()).to_string())
        .bind(operation)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }

    /// A bucket, whoever asks: its limits hold for everybody.
    pub async fn bucket(&self, id: &str) -> Result<Bucket, StorageError> {
        sqlx::query_as(
            "select coalesce(public, false) as public, file_size_limit, allowed_mime_types
             from storage.buckets where id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?
        .ok_or(StorageError::NoSuchBucket)
    }
}
