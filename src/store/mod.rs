//! All persistent data: rows in SQLite, blobs in files beside it. Only this module names rusqlite and knows the layout
//! of the data folder.
//!
//! Writes are closures on one writing thread, which commits all waiting ones in one transaction; reads are closures on
//! a pool of read-only connections. `tables` has the functions they call.
//!
//! Invariant: what [`Store::write`] returned `Ok` for survives a kill of the process at any later instant.

#![expect(
    clippy::missing_errors_doc,
    reason = "a StoreError says that the database or the disk failed; functions document their other errors"
)]

pub mod backup;
mod before_upgrade;
mod blobs;
mod disk;
pub mod indexing;
mod inspect;
mod phone_check;
mod private;
mod recovery;
mod secrets;
mod server_mark;
mod sql;
mod tables;
#[cfg(test)]
pub(crate) mod testing;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use crate::domain::Timestamp;

pub use blobs::{Blob, BlobKey, Blobs, DATA_FOLDER_ENTRIES, DownloadName, Incoming, Received, UploadFile};
pub use disk::DiskSpace;
pub use inspect::Inspection;
pub use phone_check::PhoneCheck;
pub use secrets::{SecretFile, SecretName};
pub use server_mark::ServerMark;
pub use sql::{PackId, Reader, Version, Writer};
pub use tables::{
    bookmarks, browse, camera_clocks, chosen_network, consents, drive, events, faces, invitations, jobs,
    marks, packs, parts, people, photo_changes, photo_pages, photo_tallies, photos, progress, selfies,
    sessions, source_files, sources, statistics, tallies, uploads, user_sessions, users, versions, visits,
    watermarks,
};

use sql::sqlite::{self, ChangeWatch, ReaderPool, WriteThread};
use tables::purges;

/// Name of the database in the data folder.
pub const DATABASE: &str = "fotota.db";

/// The result of reading or writing the data folder.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full.
    #[error(
        "the disk with `{folder}` is full\nhint: free some space and run the same command again; nothing is lost"
    )]
    DiskFull {
        /// A folder on that disk.
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
    /// The database was written by a later version.
    #[error(
        "the data folder was written by a newer FotoTa (schema {found}, this one knows {known})\n\
         hint: use that version, or another data folder"
    )]
    NewerSchema {
        /// Version of the database.
        found: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// Any other error of SQLite.
    #[error("the database cannot be used")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// A row that this version could not have written.
    #[error("the database has an invalid {what}")]
    Corrupt {
        /// Which value.
        what: &'static str,
    },
    /// A closed event accepts no photos.
    #[error("the event `{name}` is closed\nhint: open it again in the studio")]
    EventClosed {
        /// Name of the event.
        name: String,
    },
    /// A source that is paused or gone brings no photos.
    #[error("this source of photos is paused or was removed\nhint: see `Sources` in the studio")]
    SourcePaused,
    /// A source has brought as many photos as it may.
    #[error("this source of photos has brought all {max_photos} photos that it may")]
    SourceFull {
        /// As its owner set it.
        max_photos: u32,
    },
    /// A blob that has a row is gone.
    #[error("`{0}` is missing in the data folder")]
    MissingBlob(BlobKey),
    /// A restore into the data folder has not ended.
    #[error(
        "a restore into the data folder was interrupted\nhint: run `fotota restore` again, it goes on where it was"
    )]
    RestoreInterrupted,
    /// The folder is a backup.
    #[error("`{folder}` is a backup\nhint: `fotota restore` makes a data folder of it")]
    IsBackup {
        /// The folder.
        folder: PathBuf,
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
    /// Another process locked the database for longer than the timeout: a later attempt may succeed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
    }

    /// From the failure of an operation on `path`.
    fn io(path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::DiskFull { folder: path.parent().unwrap_or(path).to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// A full disk, if that is what SQLite reports.
    fn in_folder(self, folder: &Path) -> Self {
        let full = match &self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            _ => false,
        };
        if full { Self::DiskFull { folder: folder.to_owned() } } else { self }
    }
}

/// When a commit is fsynced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Commits survive a kill of the process; a power failure may lose the last ones.
    #[default]
    Normal,
    /// Commits survive a power failure too, at the cost of an fsync for each group of writes.
    Full,
}

/// An open data folder. Cheap to clone; all clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    blobs: Blobs,
    writer: WriteThread,
    readers: ReaderPool,
    changes: ChangeWatch,
    /// Held shared while the folder is open: an exclusive holder knows that it is alone.
    _lock: File,
}

impl Store {
    /// Opens or creates the data folder and migrates its database. If no other process has it open, cleans up after a
    /// killed one.
    ///
    /// # Errors
    /// When the folder cannot be created or used, or was written by a newer version.
    pub fn open(folder: &Path, durability: Durability) -> StoreResult<Self> {
        Self::open_inner(folder, durability).map_err(|error| error.in_folder(folder))
    }

    fn open_inner(folder: &Path, durability: Durability) -> StoreResult<Self> {
        sqlite::register_vector_extension();
        backup::check_not_interrupted(folder)?;
        private::claim(folder)?;
        let blobs = Blobs::create(folder)?;
        let path = folder.join("lock");
        let lock = private::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|source| StoreError::io(&path, source))?;
        let alone = lock.try_lock().is_ok();
        let database = folder.join(DATABASE);
        // SQLite gives its log the permissions of the database.
        private::options().create(true).append(true).open(&database).map_err(blobs::at(&database))?;
        let mut connection = sqlite::open_for_writing(&database, durability)?;
        before_upgrade::keep(&connection, folder)?;
        sqlite::migrate(&mut connection)?;
        if alone {
            recovery::recover(&mut connection, &blobs)?;
            lock.unlock().map_err(|source| StoreError::io(&path, source))?;
        }
        lock.lock_shared().map_err(|source| StoreError::io(&path, source))?;
        repair_vectors(&mut connection)?;
        let writer = WriteThread::start(connection);
        let changes = ChangeWatch::open(&database, writer.commits())?;
        let readers = ReaderPool::new(database);
        let folder = folder.to_owned();
        Ok(Self(Arc::new(Inner { folder, blobs, writer, readers, changes, _lock: lock })))
    }

    /// The stored bytes of photos, selfies, copies and uploads.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// Runs `work` in a transaction and waits for the commit; all is undone if `work` or the commit fails. After a
    /// conflict `work` may run again.
    ///
    /// # Errors
    /// What `work` returned, or why the commit failed.
    pub fn write<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&Writer) -> StoreResult<T> + Send + 'static,
    {
        self.0.writer.run(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Runs `work` on a read-only connection.
    ///
    /// # Errors
    /// What `work` returned, or why there is no connection.
    pub fn read<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        self.0.readers.run(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Differs from every earlier one when anybody, in whatever process, has committed something since; commits of
    /// others are noticed within a millisecond. Does not wait for the disk.
    pub fn version(&self) -> StoreResult<Version> {
        self.0.changes.version()
    }

    /// Deletes what was kept of the database before an upgrade, after its time.
    pub fn forget_old_database(&self, now: Timestamp) -> StoreResult<()> {
        before_upgrade::forget_old(&self.0.folder, now)
    }

    /// Deletes the blobs of photos, selfies, copies and uploads whose rows are gone. A blob that cannot be deleted now
    /// is tried again by the next call, and does not keep the others from being deleted.
    pub fn purge_blobs(&self) -> StoreResult<()> {
        // Listed before the rows: an upload's row is older than its file.
        let uploads = self.blobs().list("uploads")?;
        let mut keys = self.read(purges::list)?;
        if !uploads.is_empty() {
            let known = self.read(uploads::list_ids)?;
            let has_row = |key: &BlobKey| matches!(key, BlobKey::Upload(id) if known.contains(id));
            keys.extend(uploads.into_iter().filter(|key| !has_row(key)));
        }
        let deleted = self.blobs().delete_all(keys);
        before_upgrade::forget_with(&deleted, &self.0.folder)?;
        self.write(move |tx| purges::finish(tx, &deleted))
    }
}

fn repair_vectors(connection: &mut Connection) -> StoreResult<()> {
    // The comparison only reads; the lock for writing is taken only when there is something to repair.
    if packs::are_indexed(&Reader::sqlite(&*connection.transaction()?))? {
        return Ok(());
    }
    tracing::warn!("the vector index does not match the faces and is rebuilt");
    sql::in_transaction(connection, packs::reindex).map(drop)
}
