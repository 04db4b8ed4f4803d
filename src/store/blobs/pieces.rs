//! Files that arrive in pieces: an upload has come as far as its bytes were written.

use super::{bucket, folder};
use crate::store::StoreResult;

/// An upload, open at its end.
#[derive(Debug)]
pub struct UploadFile(Target);

#[derive(Debug)]
enum Target {
    File(folder::UploadFile),
    Objects(bucket::Pieces),
}

impl UploadFile {
    pub(super) fn of_file(file: folder::UploadFile) -> Self {
        Self(Target::File(file))
    }

    pub(super) fn in_bucket(pieces: bucket::Pieces) -> Self {
        Self(Target::Objects(pieces))
    }

    /// How far the upload has come.
    #[must_use]
    pub fn length(&self) -> u64 {
        match &self.0 {
            Target::File(file) => file.length(),
            Target::Objects(pieces) => pieces.length(),
        }
    }

    /// Appends the next bytes. On an error, those that were written stay.
    pub fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        match &mut self.0 {
            Target::File(file) => file.write(bytes),
            Target::Objects(pieces) => pieces.write(bytes),
        }
    }

    /// Drops what lies behind the first `length` bytes.
    pub fn truncate(&mut self, length: u64) -> StoreResult<()> {
        match &mut self.0 {
            Target::File(file) => file.truncate(length),
            Target::Objects(pieces) => pieces.truncate(length),
        }
    }

    /// Returns once what was written survives a power failure, and others can read it.
    pub fn sync(&mut self) -> StoreResult<()> {
        match &mut self.0 {
            Target::File(file) => file.sync(),
            Target::Objects(pieces) => pieces.sync(),
        }
    }
}
