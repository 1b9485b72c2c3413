//! Files on disk. A file is written beside its place and renamed, so a reader sees all of it or none.

use std::path::PathBuf;

use axum::body::Bytes;
use futures::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::errors::StorageError;
use crate::os_user::hex;

/// The folder of files.
pub struct Files {
    dir: PathBuf,
}

/// A file that was written but has no row yet. Dropped before [`Incoming::hand_over`], it is removed.
pub struct Incoming {
    path: PathBuf,
    place: PathBuf,
    pub version: Uuid,
    pub bytes: u64,
    /// Quoted, as it goes into the header.
    pub etag: String,
    kept: bool,
}

impl Files {
    pub fn open(dir: PathBuf) -> Result<Files, crate::Error> {
        let incoming = dir.join("incoming");
        // What a killed stack left half written.
        crate::data_dir::remove_if_there(&incoming)?;
        std::fs::create_dir_all(&incoming).map_err(crate::Error::io("cannot make", &incoming))?;
        Ok(Files { dir })
    }

    fn place(&self, version: Uuid) -> PathBuf {
        let name = version.to_string();
        self.dir.join(&name[..2]).join(name)
    }

    /// Writes a stream of at most `limit_bytes`, holding one piece of it in memory at a time.
    pub async fn receive<S, E>(&self, stream: S, limit_bytes: u64) -> Result<Incoming, StorageError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let version = Uuid::new_v4();
        let path = self.dir.join("incoming").join(version.to_string());
        let mut file = File::create(&path).await?;
        let mut incoming = Incoming {
            path,
            place: self.place(version),
            version,
            bytes: 0,
            etag: String::new(),
            kept: false,
        };
        let mut digest = Sha256::new();
        let mut stream = std::pin::pin!(stream);
        while let Some(piece) = stream.next().await {
            let piece = piece
                .map_err(|error| StorageError::InvalidRequest(format!("the upload broke off: {error}")))?;
            incoming.bytes += piece.len() as u64;
            if incoming.bytes > limit_bytes {
                return Err(StorageError::TooLarge);
            }
            digest.update(&piece);
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        incoming.etag = format!("\"{}\"", &hex(&digest.finalize())[..32]);
        Ok(incoming)
    }

    /// Opens the file of a row.
    pub async fn open_version(&self, version: &str) -> Result<File, StorageError> {
        let version: Uuid = version.parse().map_err(|_| StorageError::FileMissing)?;
        File::open(self.place(version)).await.map_err(|_| StorageError::FileMissing)
    }

    /// Removes the file of a row that is gone. A file that is gone already is no failure.
    pub async fn remove_version(&self, version: &str) {
        let Ok(version) = version.parse::<Uuid>() else { return };
        if let Err(error) = tokio::fs::remove_file(self.place(version)).await {
            tracing::warn!(%error, %version, "a file could not be removed");
        }
    }
}

impl Incoming {
    /// Moves the file to its place, whole.
    pub async fn keep(&mut self) -> Result<(), StorageError> {
        if let Some(parent) = self.place.parent() {
            tokio::fs::create_dir_all(parent).await?;
        }
        tokio::fs::rename(&self.path, &self.place).await?;
        self.path.clone_from(&self.place);
        Ok(())
    }

    /// The row stands: the file is no longer ours to remove.
    pub fn hand_over(mut self) {
        self.kept = true;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
