//! Whether a file is the model that it should be.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::Model;

/// Reads the whole file; some seconds for the largest models.
pub async fn is_right(model: &Model, path: PathBuf) -> io::Result<bool> {
    let Model { bytes, sha256, .. } = *model;
    let check = move || {
        let mut file = File::open(path)?;
        if file.metadata()?.len() != bytes {
            return Ok(false);
        }
        let mut hasher = Sha256::new();
        io::copy(&mut file, &mut hasher)?;
        Ok(hasher.finalize()[..] == sha256)
    };
    spawn_blocking(check).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
