//! A blob that is open for reading.

use std::io::{Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};

use super::bucket::Objects;
use super::folder::OpenFile;
use crate::domain::Digest;

/// A stored blob, open for reading.
#[derive(Debug)]
pub struct Blob(Open);

#[derive(Debug)]
enum Open {
    File(OpenFile),
    Objects(Objects),
}

impl Blob {
    pub(super) fn of_file(file: OpenFile) -> Self {
        Self(Open::File(file))
    }

    pub(super) fn of_objects(objects: Objects) -> Self {
        Self(Open::Objects(objects))
    }

    /// Its size when it was opened; blobs do not change, except uploads.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match &self.0 {
            Open::File(file) => file.size_bytes(),
            Open::Objects(objects) => objects.size_bytes(),
        }
    }

    /// The bytes from `position` on that the system has in memory, at most as many as fit into `buffer`: how many.
    /// `None` where reading might wait; always on other systems than Linux, on some file systems, and of a bucket.
    #[must_use]
    pub fn read_ready(&self, buffer: &mut [u8], position: u64) -> Option<usize> {
        match &self.0 {
            Open::File(file) => file.read_ready(buffer, position),
            Open::Objects(_) => None,
        }
    }

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

impl Read for Blob {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match &mut self.0 {
            Open::File(file) => file.read(buffer),
            Open::Objects(objects) => objects.read(buffer),
        }
    }
}

impl Seek for Blob {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        match &mut self.0 {
            Open::File(file) => file.seek(position),
            Open::Objects(objects) => objects.seek(position),
        }
    }
}
