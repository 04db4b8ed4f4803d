//! Everything that is kept: rows in SQLite, photos in files beside it. The only module that names rusqlite and the
//! only one that knows the folder's layout.
//!
//! Writes are closures on one writer thread, which commits those that wait together as one transaction; reads are
//! closures on a pool of read-only connections. Functions on a connection live in one module for each table.
//!
//! Invariant: what [`Store::write`] returned `Ok` for survives the death of the process at any later instant.

mod blobs;
mod disk;
mod inspect;
mod recovery;
mod sql;
mod tables;
#[cfg(test)]
pub(crate) mod testing;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use blobs::{
    Derived, DownloadName, Files, Incoming, OURS, ReceiveError, Received, SecretName, UploadFile,
};
pub use disk::DiskSpace;
pub use inspect::Inspection;
pub use sql::{PackId, Reader, Writer};
pub use tables::{
    bookmarks, browse, consents, drive, events, faces, invitations, jobs, marks, packs, photo_changes,
    photo_pages, photos, progress, selfies, sessions, statistics, tallies, uploads, user_sessions, users,
    visits, watermarks,
};

use crate::domain::{DriveMatchId, PhotoId, SelfieId, reason_chain};
use sql::sqlite::{self, ReaderPool, WriteThread};

/// Name of the database in the data folder.
pub const DATABASE: &str = "fotota.db";

/// Why something could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room is left on the disk.
    #[error(
        "the disk with `{folder}` is full\nhint: free some space and run the same command again; nothing is lost"
    )]
    DiskFull {
        /// On that disk.
        folder: PathBuf,
    },
    /// A file or folder of the data folder cannot be used.
    #[error("cannot use `{path}`")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The database was made by a later version.
    #[error(
        "the data folder was written by a newer FotoTa (schema {found}, this one knows {known})\n\
         hint: use that version, or another data folder"
    )]
    NewerSchema {
        /// In the database.
        found: i64,
        /// The latest that this version knows.
        known: i64,
    },
    /// Anything else that SQLite reports.
    #[error("the database cannot be used")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// A row that this version could not have written.
    #[error("the database has an invalid {what}")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// The writer thread has ended.
    #[error("the database is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

impl StoreError {
    /// Another process holds the database for longer than was waited: a later attempt may succeed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
    }

    /// What became of an operation on `path`.
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::DiskFull { folder: path.parent().unwrap_or(path).to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// Names the full disk where that is what SQLite reports.
    fn in_folder(self, folder: &Path) -> Self {
        let full = match &self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            _ => false,
        };
        if full { Self::DiskFull { folder: folder.to_owned() } } else { self }
    }
}

/// How hard a commit is pressed onto the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Survives the death of the process; the last commits may be lost when the power fails.
    #[default]
    Normal,
    /// Survives a power failure too, at the cost of a disk flush for each group of writes.
    Full,
}

/// An open data folder. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    files: Files,
    writer: WriteThread,
    readers: ReaderPool,
    /// Held shared while the folder is open: an exclusive holder knows that it is alone.
    _lock: File,
}

impl Store {
    /// Opens or makes the data folder, brings its schema up to date and, where no other process has it open, tidies
    /// up after one that was killed.
    ///
    /// # Errors
    /// When the folder cannot be made or used, or was written by a newer version.
    pub fn open(folder: &Path, durability: Durability) -> Result<Self, StoreError> {
        Self::open_inner(folder, durability).map_err(|error| error.in_folder(folder))
    }

    fn open_inner(folder: &Path, durability: Durability) -> Result<Self, StoreError> {
        sqlite::register_vector_extension();
        let files = Files::create(folder)?;
        let path = folder.join("lock");
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|source| StoreError::io(&path, source))?;
        let alone = lock.try_lock().is_ok();
        let database = folder.join(DATABASE);
        let mut connection = sqlite::open_for_writing(&database, durability)?;
        sqlite::migrate(&mut connection)?;
        if alone {
            recovery::recover(&mut connection, &files)?;
            lock.unlock().map_err(|source| StoreError::io(&path, source))?;
        }
        lock.lock_shared().map_err(|source| StoreError::io(&path, source))?;
        repair_vectors(&mut connection)?;
        let writer = WriteThread::start(connection);
        let readers = ReaderPool::new(database);
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), files, writer, readers, _lock: lock })))
    }

    /// The photos' files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// Runs `work` in a transaction and waits until it is committed; what `work` did is undone where it or the
    /// commit fails.
    ///
    /// # Errors
    /// What `work` returned, or why the commit failed.
    pub fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Writer) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.writer.run(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Runs `work` on a read-only connection.
    ///
    /// # Errors
    /// What `work` returned, or why there is no connection.
    pub fn read<T>(&self, work: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.0.readers.run(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Deletes the files of photos, selfies, copies and uploads whose rows are gone. A file that cannot be deleted now
    /// is tried again with the next deletion, and keeps no other from going.
    ///
    /// # Errors
    /// When the database fails.
    pub fn purge_files(&self) -> Result<(), StoreError> {
        let (files, mut done) = (self.files(), Vec::new());
        for (id, format) in self.read(photos::list_purges)? {
            done.extend(gone(&files.delete(id, format)).then_some(Purged::Photo(id)));
        }
        for id in self.read(selfies::list_purges)? {
            done.extend(gone(&files.delete_selfie(id)).then_some(Purged::Selfie(id)));
        }
        for id in self.read(drive::matches::list_purges)? {
            done.extend(gone(&files.delete_copies(&[id])).then_some(Purged::Copy(id)));
        }
        // Looked at in this order: an upload's row comes before its file.
        let uploads = files.list_uploads()?;
        if !uploads.is_empty() {
            let known = self.read(uploads::list_ids)?;
            Files::delete_uploads_but(uploads, &known);
        }
        self.write(move |tx| {
            done.into_iter().try_for_each(|purged| match purged {
                Purged::Photo(id) => photos::finish_purge(tx, id),
                Purged::Selfie(id) => selfies::finish_purge(tx, id),
                Purged::Copy(id) => drive::matches::finish_purge(tx, id),
            })
        })
    }
}

/// Whose files are gone.
enum Purged {
    Photo(PhotoId),
    Selfie(SelfieId),
    Copy(DriveMatchId),
}

fn gone(deleted: &Result<(), StoreError>) -> bool {
    if let Err(error) = deleted {
        tracing::warn!(
            cause = reason_chain(error),
            "a deleted picture's file could not be deleted, it is tried again"
        );
    }
    deleted.is_ok()
}

fn repair_vectors(connection: &mut Connection) -> Result<(), StoreError> {
    // The comparison only reads; the lock for writing is taken only when there is something to repair.
    if packs::are_indexed(&Reader::sqlite(&*connection.transaction()?))? {
        return Ok(());
    }
    tracing::warn!("the vector index does not match the faces and is rebuilt");
    sql::in_transaction(connection, packs::reindex).map(drop)
}
