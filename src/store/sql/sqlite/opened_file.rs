//! Whether the database is still the file that was opened. Commits to one that was deleted or replaced succeed, and are
//! lost with it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Option<Identity>,
}

impl OpenedFile {
    /// `None` for a database in memory.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        let path = PathBuf::from(connection.path().filter(|path| !path.is_empty())?);
        Some(Self { identity: identity(&path), path })
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
