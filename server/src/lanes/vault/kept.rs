//! Recordings that lie in Storage: how large they are, and what their bytes hash to.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use supabase_client::http::{Error, Storage};

use super::fetch::Whole;
use crate::lanes::claims::Progress;

/// Reads a stored object to its end; `None` when there is none.
pub async fn hash_kept(storage: &Storage, path: &str, progress: &Progress) -> Result<Option<Whole>, Error> {
    let mut pieces = match storage.download(path).await {
        Ok(pieces) => Box::pin(pieces),
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
        bytes += piece.len() as u64;
        progress.set(bytes);
    }
    Ok(Some(Whole { bytes, sha256: format!("{:x}", hash.finalize()) }))
}
