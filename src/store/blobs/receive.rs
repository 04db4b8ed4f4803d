//! New photos: received into `incoming`, hashed and fsynced there, and moved to their place once they are recorded.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::{Blob, BlobKey, Blobs, at, list_folder, move_durably, sync_folder};
use crate::domain::{Digest, ImageFormat, PhotoId};
use crate::store::{StoreError, StoreResult, private};

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
    path: PathBuf,
    /// `None` once the file is whole.
    file: Option<File>,
    hash: Sha256,
    size_bytes: u64,
}

impl Incoming {
    /// Appends the next bytes.
    pub fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        self.size_bytes += bytes.len() as u64;
        self.hash.update(bytes);
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        file.write_all(bytes).map_err(at(&self.path))
    }

    /// The file is whole: fsyncs it.
    pub fn finish(mut self) -> StoreResult<Received> {
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        file.sync_all().map_err(at(&self.path))?;
        sync_folder(self.path.parent().unwrap_or(&self.path))?;
        self.file = None;
        let hash = std::mem::take(&mut self.hash);
        Ok(Received { digest: Digest(hash.finalize().into()), size_bytes: self.size_bytes })
    }
}

impl Blob {
    /// SHA-256 of all bytes.
    pub fn digest(mut self) -> std::io::Result<Digest> {
        let (mut hash, mut buffer) = (Sha256::new(), vec![0; 256 << 10]);
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(Digest(hash.finalize().into())),
                count => hash.update(&buffer[..count]),
            }
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            fs::remove_file(&self.path).ok();
        }
    }
}

impl Blobs {
    pub(super) fn incoming(&self, id: PhotoId) -> PathBuf {
        self.root.join("incoming").join(format!("{id}.part"))
    }

    /// Starts to receive a photo. Until its row is committed its bytes belong to nothing: call [`Blobs::discard`] if it
    /// is rejected.
    pub fn receive(&self, id: PhotoId) -> StoreResult<Incoming> {
        let path = self.incoming(id);
        let file = private::create(&path).map_err(at(&path))?;
        Ok(Incoming { path, file: Some(file), hash: Sha256::new(), size_bytes: 0 })
    }

    /// Deletes a received photo that was rejected.
    pub fn discard(&self, id: PhotoId) {
        // What remains is deleted at the next start.
        fs::remove_file(self.incoming(id)).ok();
    }

    /// Puts a received photo in place of a known one with the same bytes, which may have been lost.
    pub fn replace_received(&self, received: PhotoId, known: PhotoId) -> StoreResult<()> {
        move_durably(&self.incoming(received), &self.incoming(known))
    }

    /// Moves a recorded photo to its place; does nothing if it is there already, fails if it is in neither place.
    pub fn promote(&self, id: PhotoId, format: ImageFormat) -> StoreResult<()> {
        let (from, to) = (self.incoming(id), self.path(&BlobKey::Original(id, format)));
        if from.exists() || !to.exists() {
            move_durably(&from, &to)?;
        }
        Ok(())
    }

    /// How many photos in `incoming` are whole or are being received.
    pub(in crate::store) fn count_incoming(&self) -> StoreResult<usize> {
        let is_photo = |path: &PathBuf| {
            let name =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".part"));
            name.is_some_and(|id| id.parse::<PhotoId>().is_ok())
        };
        Ok(list_folder(&self.root.join("incoming"))?.iter().filter(|path| is_photo(path)).count())
    }

    /// Empties `incoming` after a process was killed, except for recorded photos that wait to be moved.
    pub(in crate::store) fn sweep_incoming(
        &self,
        recorded: &HashMap<PhotoId, ImageFormat>,
    ) -> StoreResult<()> {
        for path in list_folder(&self.root.join("incoming"))? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let photo = name.strip_suffix(".part").and_then(|id| id.parse().ok());
            let format = photo.and_then(|id| recorded.get(&id).map(|format| (id, *format)));
            if format.is_some_and(|(id, format)| !self.path(&BlobKey::Original(id, format)).exists()) {
                continue;
            }
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a temporary file could not be deleted");
            }
        }
        Ok(())
    }
}
