//! A file under a temporary name, until it is whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::{PackFilesError, at};
use crate::domain::Digest;

/// `FILE.part`, which becomes `FILE`. What it holds stays when it is dropped, for the next attempt.
pub(super) struct Part {
    path: PathBuf,
    target: PathBuf,
    file: File,
    hash: Sha256,
    len: u64,
}

impl Part {
    /// Opens it for writing at its end, and creates it and its folder if needed. Fails if another process has it open.
    pub(super) fn open(folder: &Path, name: &str) -> Result<Self, PackFilesError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let (target, path) = (folder.join(name), folder.join(format!("{name}.part")));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(at(&path))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => PackFilesError::Busy(path.clone()),
            TryLockError::Error(source) => at(&path)(source),
        })?;
        let mut part = Self { path, target, file, hash: Sha256::new(), len: 0 };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = part.file.read(&mut buffer).map_err(at(&part.path))?;
            if count == 0 {
                return Ok(part);
            }
            part.count(&buffer[..count]);
        }
    }

    /// Bytes that it holds.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// SHA-256 of the bytes that it holds.
    pub(super) fn digest(&self) -> Digest {
        Digest(self.hash.clone().finalize().into())
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), PackFilesError> {
        self.file.write_all(bytes).map_err(at(&self.path))?;
        self.count(bytes);
        Ok(())
    }

    fn count(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
    }

    /// Drops all bytes that it holds.
    pub(super) fn restart(&mut self) -> Result<(), PackFilesError> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(at(&self.path))?;
        (self.hash, self.len) = (Sha256::new(), 0);
        Ok(())
    }

    /// Deletes it.
    pub(super) fn delete(self) -> Result<(), PackFilesError> {
        drop(self.file);
        fs::remove_file(&self.path).map_err(at(&self.path))
    }

    /// Gives it its final name, durably.
    pub(super) fn finish(self) -> Result<(), PackFilesError> {
        self.file.sync_all().map_err(at(&self.path))?;
        // Windows does not rename open files, nor fsync folders.
        drop(self.file);
        fs::rename(&self.path, &self.target).map_err(at(&self.target))?;
        #[cfg(unix)]
        if let Some(folder) = self.target.parent() {
            File::open(folder).and_then(|opened| opened.sync_all()).map_err(at(folder))?;
        }
        Ok(())
    }
}
