//! One file from anywhere into the data folder, hashed on its way and pressed onto the disk.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{at, sync_folder};
use crate::domain::Digest;
use crate::store::StoreError;

/// What was learnt of a file while it was taken in.
#[derive(Debug)]
pub struct Received {
    /// SHA-256 of all bytes.
    pub digest: Digest,
    /// Count of bytes.
    pub size_bytes: u64,
}

/// Why a photo could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The sender's side.
    #[error("the file cannot be read")]
    Source(#[source] std::io::Error),
    /// Over the limit.
    #[error("the file is larger than the limit of {} MB", max_bytes / 1_000_000)]
    TooLarge {
        /// As configured.
        max_bytes: u64,
    },
    /// Our side.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes `source` to `path`; what is there when it fails is for the caller to delete.
pub(super) fn copy(source: &mut impl Read, path: &Path, max_bytes: u64) -> Result<Received, ReceiveError> {
    let mut file = File::create(path).map_err(at(path))?;
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReceiveError::Source(error)),
        };
        let bytes = &buffer[..count];
        size_bytes += count as u64;
        if size_bytes > max_bytes {
            return Err(ReceiveError::TooLarge { max_bytes });
        }
        hash.update(bytes);
        file.write_all(bytes).map_err(at(path))?;
    }
    file.sync_all().map_err(at(path))?;
    sync_folder(path.parent().unwrap_or(path))?;
    Ok(Received { digest: Digest(hash.finalize().into()), size_bytes })
}
