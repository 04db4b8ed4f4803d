//! `backup.json`: of which data folder a backup is, when it was taken, and what is in it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::domain::Timestamp;
use crate::store::blobs::at;

/// Name of the file.
pub(super) const MANIFEST: &str = "backup.json";
/// Of backups as this version writes and reads them.
pub(super) const FORMAT: u32 = 1;

/// What a backup says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the backup's layout.
    pub format: u32,
    /// Identifies the data folder.
    pub data_folder: String,
    /// When its database was copied, RFC 3339; none: the first backup into this folder did not end.
    pub taken_at: Option<String>,
    /// Version of the program that took it.
    pub fotota: String,
    /// Version of the database's schema.
    pub schema: i64,
    /// How many events it has.
    pub events: u64,
    /// How many photos it has.
    pub photos: u64,
    /// How many files it has, beside this one and the list of hashes.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// How many files of the data folder were damaged or missing.
    pub problems: u64,
}

impl Manifest {
    /// Of a backup that begins.
    pub(super) fn begun(data_folder: String) -> Self {
        Self {
            format: FORMAT,
            data_folder,
            taken_at: None,
            fotota: env!("CARGO_PKG_VERSION").to_owned(),
            schema: 0,
            events: 0,
            photos: 0,
            files: 0,
            bytes: 0,
            problems: 0,
        }
    }

    /// When the backup was taken; `None` if none was yet.
    #[must_use]
    pub fn taken_at(&self) -> Option<Timestamp> {
        self.taken_at.as_deref().and_then(Timestamp::parse)
    }

    /// From a file; `None` if there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, BackupError> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(at(path))?,
        };
        let broken = |_| BackupError::NoBackup { folder: path.parent().unwrap_or(path).to_owned() };
        let manifest: Self = serde_json::from_str(&text).map_err(broken)?;
        if manifest.format > FORMAT {
            return Err(BackupError::NewerFormat { found: manifest.format });
        }
        Ok(Some(manifest))
    }

    pub(super) fn print(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain values always have a JSON form");
        text + "\n"
    }
}
