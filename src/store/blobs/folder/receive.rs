//! New photos: received into `incoming`, fsynced there, and moved to their place once they are recorded.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::{Folder, OpenFile, at, list_folder, move_durably, sync_folder};
use crate::domain::{ImageFormat, PhotoId};
use crate::store::blobs::BlobKey;
use crate::store::{StoreError, StoreResult, private};

/// A file that is being received; deleted when it is dropped before [`IncomingFile::finish`].
#[derive(Debug)]
pub(in crate::store::blobs) struct IncomingFile {
    path: PathBuf,
    /// `None` once the file is whole.
    file: Option<File>,
}

impl IncomingFile {
    /// Appends the next bytes.
    pub(in crate::store::blobs) fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        file.write_all(bytes).map_err(at(&self.path))
    }

    /// The file is whole: fsyncs it.
    pub(in crate::store::blobs) fn finish(mut self) -> StoreResult<()> {
        let file = self.file.as_mut().ok_or(StoreError::Closed)?;
        file.sync_all().map_err(at(&self.path))?;
        sync_folder(self.path.parent().unwrap_or(&self.path))?;
        self.file = None;
        Ok(())
    }
}

impl Drop for IncomingFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            fs::remove_file(&self.path).ok();
        }
    }
}

impl Folder {
    pub(super) fn incoming(&self, id: PhotoId) -> PathBuf {
        self.root.join("incoming").join(format!("{id}.part"))
    }

    /// Starts to receive a photo.
    pub(in crate::store::blobs) fn receive(&self, id: PhotoId) -> StoreResult<IncomingFile> {
        let path = self.incoming(id);
        let file = private::create(&path).map_err(at(&path))?;
        Ok(IncomingFile { path, file: Some(file) })
    }

    /// Opens a photo that was received and has not moved.
    pub(in crate::store::blobs) fn open_incoming(&self, id: PhotoId) -> StoreResult<Option<OpenFile>> {
        let path = self.incoming(id);
        match OpenFile::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some).map_err(at(&path)),
        }
    }

    /// Deletes a received photo that was rejected.
    pub(in crate::store::blobs) fn discard(&self, id: PhotoId) {
        // What remains is deleted at the next start.
        fs::remove_file(self.incoming(id)).ok();
    }

    /// Puts a received photo in place of a known one with the same bytes, which may have been lost.
    pub(in crate::store::blobs) fn replace_received(
        &self,
        received: PhotoId,
        known: PhotoId,
    ) -> StoreResult<()> {
        move_durably(&self.incoming(received), &self.incoming(known))
    }

    /// Moves a recorded photo to its place; does nothing if it is there already, fails if it is in neither place.
    pub(in crate::store::blobs) fn promote(&self, id: PhotoId, format: ImageFormat) -> StoreResult<()> {
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
