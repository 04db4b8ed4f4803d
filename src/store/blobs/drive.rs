//! Pictures of Google Drive on disk: copies of those that users' searches found, and downloads being worked on.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, DriveMatchId};
use crate::store::StoreError;
use crate::store::blobs::{Files, at, list, remove, remove_or_warn, write_whole};

/// Where a download lies until its faces are kept: named after the picture and its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DownloadName(String);

impl DownloadName {
    /// For the picture `file_id` of a folder in this version.
    #[must_use]
    pub fn new(folder_id: &str, file_id: &str, version: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [folder_id, file_id, version] {
            hash.update(part);
            hash.update([0]);
        }
        Self(Digest(hash.finalize().into()).to_string())
    }
}

impl Files {
    /// Where the copy of a found picture lies.
    #[must_use]
    pub fn copy(&self, id: DriveMatchId) -> PathBuf {
        self.sharded("drive", id.as_i64(), "jpg")
    }

    /// Writes the copy of a found picture, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_copy(&self, id: DriveMatchId, bytes: &[u8]) -> Result<(), StoreError> {
        write_whole(&self.temporary_of_drive(), &self.copy(id), bytes)
    }

    /// Deletes copies; those that are not there are no error.
    ///
    /// # Errors
    /// When one cannot be deleted; it is tried again at the next start.
    pub fn delete_copies(&self, ids: &[DriveMatchId]) -> Result<(), StoreError> {
        ids.iter().try_for_each(|id| remove(&self.copy(*id)))
    }

    fn download(&self, name: &DownloadName) -> PathBuf {
        self.root.join("drive/downloads").join(&name.0)
    }

    /// The bytes of a download that was completed, if it was.
    ///
    /// # Errors
    /// When it is there but cannot be read.
    pub(crate) fn read_download(&self, name: &DownloadName) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.download(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Keeps a download, whole or not at all.
    pub(crate) fn write_download(&self, name: &DownloadName, bytes: &[u8]) -> Result<(), StoreError> {
        write_whole(&self.temporary_of_drive(), &self.download(name), bytes)
    }

    /// Drops a download that is no longer needed.
    pub(crate) fn delete_download(&self, name: &DownloadName) -> Result<(), StoreError> {
        remove(&self.download(name))
    }

    /// Swept at every start, so any name that no photo has will do.
    fn temporary_of_drive(&self) -> PathBuf {
        self.root.join("incoming").join(format!("{}.drive.part", DriveMatchId::random()))
    }

    /// Deletes what a killed process left: copies and downloads that nobody knows.
    pub(in crate::store) fn sweep_drive(
        &self,
        copies: &HashSet<DriveMatchId>,
        downloads: &HashSet<DownloadName>,
    ) -> Result<(), StoreError> {
        for folder in list(&self.root.join("drive"))? {
            let holds_downloads = folder.ends_with("downloads");
            for path in list(&folder)? {
                let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
                let known = if holds_downloads {
                    downloads.contains(&DownloadName(name.to_owned()))
                } else {
                    name.split('.')
                        .next()
                        .and_then(|id| id.parse().ok())
                        .is_some_and(|id| copies.contains(&id))
                };
                if !known {
                    remove_or_warn(&path);
                }
            }
        }
        Ok(())
    }
}
