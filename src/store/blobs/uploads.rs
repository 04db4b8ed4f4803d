//! Files that are being uploaded in pieces, on disk: an upload is as far as its file is long.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, PhotoId, UploadId};
use crate::store::StoreError;
use crate::store::blobs::{Files, Received, at, list, owner_of, remove, remove_or_warn, sync_folder};

/// Read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// An upload's file while a piece is appended.
#[derive(Debug)]
pub struct UploadFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl UploadFile {
    /// How far the upload is.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends the next bytes.
    ///
    /// # Errors
    /// When they cannot be written; those that could are kept.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.file.write_all(bytes);
        self.length = match &written {
            Ok(()) => self.length + bytes.len() as u64,
            Err(_) => self.file.metadata().map_err(at(&self.path))?.len(),
        };
        written.map_err(at(&self.path))
    }

    /// Presses what was written onto the disk.
    ///
    /// # Errors
    /// When that fails.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(at(&self.path))
    }
}

impl Files {
    fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    fn upload(&self, id: UploadId) -> PathBuf {
        self.uploads().join(format!("{id}.part"))
    }

    /// Opens an upload's file at its end; makes it where it is not there.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn append_upload(&self, id: UploadId) -> Result<UploadFile, StoreError> {
        let path = self.upload(id);
        let file = File::options().create(true).append(true).open(&path).map_err(at(&path))?;
        let length = file.metadata().map_err(at(&path))?.len();
        if length == 0 {
            sync_folder(&self.uploads())?;
        }
        Ok(UploadFile { path, file, length })
    }

    /// How far an upload is; nowhere, where it has no file.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn upload_length(&self, id: UploadId) -> Result<u64, StoreError> {
        let path = self.upload(id);
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            found => Ok(found.map_err(at(&path))?.len()),
        }
    }

    /// The first bytes of an upload, as many as there are.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read_upload_head(&self, id: UploadId, most: usize) -> Result<Vec<u8>, StoreError> {
        let (path, mut head) = (self.upload(id), Vec::with_capacity(most));
        let file = File::open(&path).map_err(at(&path))?;
        file.take(most as u64).read_to_end(&mut head).map_err(at(&path))?;
        Ok(head)
    }

    /// Lets a whole upload's file be a received photo's too, whose row is to be committed: until then the upload stays
    /// what it is. Call [`Files::discard`] where the photo is not wanted.
    ///
    /// # Errors
    /// When the file cannot be read, or not be given another name.
    pub fn receive_upload(&self, id: UploadId, photo: PhotoId) -> Result<Received, StoreError> {
        let (from, to) = (self.upload(id), self.incoming(photo));
        if fs::hard_link(&from, &to).is_err() {
            // Cards and some network disks have no second names.
            fs::copy(&from, &to).map_err(at(&from))?;
        }
        // Also where its last bytes were written by a process that was killed before it could do so.
        File::open(&to).and_then(|file| file.sync_all()).map_err(at(&to))?;
        sync_folder(to.parent().unwrap_or(&to))?;
        read_whole(&to)
    }

    /// Deletes an upload's file; that it is not there is no error.
    ///
    /// # Errors
    /// When it cannot be deleted; it is tried again at the next sweep.
    pub fn delete_upload(&self, id: UploadId) -> Result<(), StoreError> {
        remove(&self.upload(id))
    }

    /// All files of uploads.
    pub(in crate::store) fn list_uploads(&self) -> Result<Vec<PathBuf>, StoreError> {
        list(&self.uploads())
    }

    /// Deletes those of `files` that belong to no upload of `known`.
    pub(in crate::store) fn delete_uploads_but(files: Vec<PathBuf>, known: &HashSet<UploadId>) {
        let unknown = |path: &PathBuf| owner_of(path).is_none_or(|id| !known.contains(&id));
        files.into_iter().filter(unknown).for_each(|path| remove_or_warn(&path));
    }
}

fn read_whole(path: &Path) -> Result<Received, StoreError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut size_bytes, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Received { digest: Digest(hash.finalize().into()), size_bytes }),
            Ok(count) => {
                hash.update(&buffer[..count]);
                size_bytes += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(at(path)(error)),
        }
    }
}
