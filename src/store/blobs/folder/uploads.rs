//! Uploads in pieces: one has come as far as its file is long.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Folder, at, sync_folder};
use crate::domain::{Digest, PhotoId, UploadId};
use crate::store::blobs::{BlobKey, Received};
use crate::store::{StoreResult, private};

/// Read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// An upload's file, open at its end.
#[derive(Debug)]
pub(in crate::store::blobs) struct UploadFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl UploadFile {
    /// How far the upload has come.
    pub(in crate::store::blobs) fn length(&self) -> u64 {
        self.length
    }

    /// Appends the next bytes. On an error, those that were written stay.
    pub(in crate::store::blobs) fn write(&mut self, bytes: &[u8]) -> StoreResult<()> {
        let written = self.file.write_all(bytes);
        self.length = match &written {
            Ok(()) => self.length + bytes.len() as u64,
            Err(_) => self.file.metadata().map_err(at(&self.path))?.len(),
        };
        written.map_err(at(&self.path))
    }

    /// Drops what lies behind the first `length` bytes.
    pub(in crate::store::blobs) fn truncate(&mut self, length: u64) -> StoreResult<()> {
        if length < self.length {
            self.file.set_len(length).map_err(at(&self.path))?;
            self.length = length;
        }
        Ok(())
    }

    /// Fsyncs what was written.
    pub(in crate::store::blobs) fn sync(&self) -> StoreResult<()> {
        self.file.sync_data().map_err(at(&self.path))
    }
}

impl Folder {
    /// Opens an upload's file at its end; creates it if there is none.
    pub(in crate::store::blobs) fn append_upload(&self, id: UploadId) -> StoreResult<UploadFile> {
        let path = self.path(&BlobKey::Upload(id));
        let file = private::options().create(true).append(true).open(&path).map_err(at(&path))?;
        let length = file.metadata().map_err(at(&path))?.len();
        if length == 0 {
            sync_folder(&self.root.join("uploads"))?;
        }
        Ok(UploadFile { path, file, length })
    }

    /// Makes the file of a whole upload a received photo too, without copying its bytes where the disk has hard links.
    pub(in crate::store::blobs) fn receive_upload(
        &self,
        id: UploadId,
        photo: PhotoId,
    ) -> StoreResult<Received> {
        let (from, to) = (self.path(&BlobKey::Upload(id)), self.incoming(photo));
        if fs::hard_link(&from, &to).is_err() {
            // Memory cards and some network disks have no hard links.
            fs::copy(&from, &to).map_err(at(&from))?;
        }
        // A process that was killed may not have fsynced the last bytes.
        File::open(&to).and_then(|file| file.sync_all()).map_err(at(&to))?;
        sync_folder(to.parent().unwrap_or(&to))?;
        hash(&to)
    }
}

fn hash(path: &Path) -> StoreResult<Received> {
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
