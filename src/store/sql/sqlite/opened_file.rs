//! Whether the database is still the file that was opened. Commits to one that was deleted or replaced succeed, and are
//! lost with it; a connection to the other file would use the same log and damage both.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Option<Identity>,
}

impl OpenedFile {
    /// `None` for a database in memory.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        connection.path().filter(|path| !path.is_empty()).map(|path| Self::at(path.into()))
    }

    pub(super) fn at(path: PathBuf) -> Self {
        Self { identity: identity(&path), path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_in_place(&self) -> bool {
        identity(&self.path) == self.identity
    }
}

/// File system and number of a file in it.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Elsewhere a file that is open cannot be deleted or replaced.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
