//! One file from anywhere into the data folder, piece by piece, hashed on its way and pressed onto the disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::domain::Digest;
use crate::store::StoreError;
use crate::store::blobs::{at, sync_folder};

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

/// A file on its way in; deleted when it is dropped before its end.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    /// `None` once the file is whole.
    file: Option<File>,
    hash: Sha256,
    size_bytes: u64,
    max_bytes: u64,
}

impl Incoming {
    pub(in crate::store) fn create(path: PathBuf, max_bytes: u64) -> Result<Self, StoreError> {
        let file = File::create(&path).map_err(at(&path))?;
        Ok(Self { path, file: Some(file), hash: Sha256::new(), size_bytes: 0, max_bytes })
    }

    /// Appends the next bytes.
    ///
    /// # Errors
    /// When the file gets longer than allowed, or cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.size_bytes += bytes.len() as u64;
        if self.size_bytes > self.max_bytes {
            return Err(ReceiveError::TooLarge { max_bytes: self.max_bytes });
        }
        self.hash.update(bytes);
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        Ok(file.write_all(bytes).map_err(at(&self.path))?)
    }

    /// That was all: presses the file onto the disk.
    ///
    /// # Errors
    /// When that fails.
    pub fn finish(mut self) -> Result<Received, StoreError> {
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        file.sync_all().map_err(at(&self.path))?;
        sync_folder(self.path.parent().unwrap_or(&self.path))?;
        self.file = None;
        let hash = std::mem::take(&mut self.hash);
        Ok(Received { digest: Digest(hash.finalize().into()), size_bytes: self.size_bytes })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            fs::remove_file(&self.path).ok();
        }
    }
}
