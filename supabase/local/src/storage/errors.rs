//! Errors of Storage. The body always has `statusCode` (a string), `error`, `message` and `code`; the HTTP
//! status is 400 for nearly all of them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::caller::NoCaller;

/// An answer that refuses.
#[derive(Debug)]
pub enum StorageError {
    /// An object of that name exists and the caller did not ask to replace it.
    AlreadyExists,
    /// No such object, or one that the caller may not see.
    NoSuchKey,
    /// The row is there, its file is not.
    FileMissing,
    NoSuchBucket,
    /// A policy refuses the write; Postgres's sentence.
    AccessDenied(String),
    TooLarge,
    MimeType(String),
    InvalidKey(String),
    InvalidBucketName,
    /// A signed link for something else, or changed.
    InvalidSignature,
    /// A signed link that does not verify (any more).
    InvalidLink(String),
    InvalidRange,
    InvalidRequest(String),
    NoSuchRoute,
    /// Something inside failed; the reason goes to the log only.
    Internal(String),
}

impl StorageError {
    /// HTTP status, `statusCode`, `error`, `code`.
    fn parts(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            StorageError::AlreadyExists => (400, "409", "Duplicate", "KeyAlreadyExists"),
            StorageError::NoSuchKey => (400, "404", "not_found", "NoSuchKey"),
            StorageError::FileMissing => (400, "404", "Not found", "NoSuchKey"),
            StorageError::NoSuchBucket => (400, "404", "Bucket not found", "NoSuchBucket"),
            StorageError::AccessDenied(_) => (400, "403", "Unauthorized", "AccessDenied"),
            StorageError::TooLarge => (400, "413", "Payload too large", "EntityTooLarge"),
            StorageError::MimeType(_) => (400, "415", "invalid_mime_type", "InvalidMimeType"),
            StorageError::InvalidKey(_) => (400, "400", "InvalidKey", "InvalidKey"),
            StorageError::InvalidBucketName => (400, "400", "Invalid Input", "InvalidBucketName"),
            StorageError::InvalidSignature => (400, "400", "InvalidSignature", "InvalidSignature"),
            StorageError::InvalidLink(_) => (400, "400", "InvalidJWT", "InvalidJWT"),
            StorageError::InvalidRange => (416, "416", "invalid_range", "InvalidRange"),
            StorageError::InvalidRequest(_) => (400, "400", "Error", "InvalidRequest"),
            StorageError::NoSuchRoute => (404, "404", "Not Found", "NoSuchRoute"),
            StorageError::Internal(_) => (500, "500", "Internal", "InternalError"),
        }
    }

    /// `statusCode`, for the places that answer for several objects at once.
    pub fn message(&self) -> String {
        match self {
            StorageError::AlreadyExists => "The resource already exists".to_owned(),
            StorageError::NoSuchKey => "Object not found".to_owned(),
            StorageError::FileMissing => "The resource was not found".to_owned(),
            StorageError::NoSuchBucket => "Bucket not found".to_owned(),
            StorageError::TooLarge => "The object exceeded the maximum allowed size".to_owned(),
            StorageError::MimeType(mime) => format!("mime type {mime} is not supported"),
            StorageError::InvalidKey(key) => format!("Invalid key: {key}"),
            StorageError::InvalidBucketName => "Bucket name invalid".to_owned(),
            StorageError::InvalidSignature => "Invalid signature".to_owned(),
            StorageError::InvalidRange => "The requested range is not satisfiable".to_owned(),
            StorageError::NoSuchRoute => "Route not found".to_owned(),
            StorageError::Internal(_) => "Internal Server Error".to_owned(),
            StorageError::AccessDenied(text)
            | StorageError::InvalidLink(text)
            | StorageError::InvalidRequest(text) => text.clone(),
        }
    }
}

impl IntoResponse for StorageError {
    fn into_response(self) -> Response {
        if let StorageError::Internal(reason) = &self {
            tracing::error!(reason, "Storage failed");
        }
        let (status, status_code, error, code) = self.parts();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body =
            json!({ "statusCode": status_code, "error": error, "message": self.message(), "code": code });
        (status, Json(body)).into_response()
    }
}

impl From<NoCaller> for StorageError {
    fn from(error: NoCaller) -> StorageError {
        StorageError::AccessDenied(match error {
            NoCaller::NoToken => "jwt must be provided".to_owned(),
            NoCaller::BadToken(reason) => reason,
        })
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> StorageError {
        let Some(database) = error.as_database_error() else {
            return StorageError::Internal(error.to_string());
        };
        if database.is_unique_violation() {
            return StorageError::AlreadyExists;
        }
        match database.code().as_deref() {
            // Insufficient privilege (a policy), an unknown role, a role that may not be taken.
            Some("42501" | "22023" | "0LP01") => StorageError::AccessDenied(database.message().to_owned()),
            _ => StorageError::Internal(error.to_string()),
        }
    }
}

impl From<std::io::Error> for StorageError {
    fn from(error: std::io::Error) -> StorageError {
        StorageError::Internal(error.to_string())
    }
}

impl From<jsonwebtoken::errors::Error> for StorageError {
    fn from(error: jsonwebtoken::errors::Error) -> StorageError {
        StorageError::Internal(error.to_string())
    }
}
