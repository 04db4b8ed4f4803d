//! A photo that is being received: hashed as it is written.

use sha2::{Digest as _, Sha256};

use super::{Blob, Blobs, bucket, folder};
use crate::domain::{Digest, PhotoId};
use crate::store::StoreResult;

/// What is known of a file once all of it was received.
#[derive(Debug)]
pub struct Received {
    /// SHA-256 of all bytes.
    pub digest: Digest,
    /// Count of bytes.
    pub size_bytes: u64,
}

/// A file that is being received; deleted when it is dropped before [`Incoming::finish`].
#[derive(Debug)]
pub struct Incoming {
    target: Target,
    hash: Sha256,
    size_bytes: u64,
}

#[derive(Debug)]
enum Target {
    File(folder::IncomingFile),
    Object(bucket::NewObject),
}

impl Incoming {
    pub(super) fn into_file(file: folder::IncomingFile) -> Self {
        Self { target: Target::File(file), hash: Sha256::new(), size_bytes: 0 }
    }

    pub(super) fn into_bucket(object: bucket::NewObject) -> Self {
        Self { target: Target::Object(object), hash: Sha256::new(), size_bytes: 0 }
    }

    /// Appends the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        self.size_bytes += bytes.len() as u64;
        self.hash.update(bytes);
        match &mut self.target {
            Target::File(file) => file.write(bytes),
            Target::Object(object) => object.write(bytes),
        }
    }

    /// The file is whole: returns once it survives a power failure.
    pub fn finish(self) -> StoreResult<Received> {
        match self.target {
            Target::File(file) => file.finish()?,
            Target::Object(object) => object.finish()?,
        }
        Ok(Received { digest: Digest(self.hash.finalize().into()), size_bytes: self.size_bytes })
    }
}

impl Blobs {
    /// Starts to receive a file that stays on this computer, and is deleted soon.
    pub fn receive_here(&self, id: PhotoId) -> StoreResult<Incoming> {
        self.folder.receive(id).map(Incoming::into_file)
    }

    /// Opens such a file.
    pub fn open_here(&self, id: PhotoId) -> StoreResult<Option<Blob>> {
        Ok(self.folder.open_incoming(id)?.map(Blob::of_file))
    }

    /// Deletes such a file.
    pub fn discard_here(&self, id: PhotoId) {
        self.folder.discard(id);
    }
}
