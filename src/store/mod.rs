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
pub mod erasing;
mod error;
pub mod indexing;
mod inspect;
pub mod moves;
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
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::Timestamp;

pub use blobs::{Blob, BlobKey, Blobs, DATA_FOLDER_ENTRIES, DownloadName, Incoming, Received, UploadFile};
pub use disk::DiskSpace;
pub use error::{StoreError, StoreResult};
pub use inspect::Inspection;
pub use phone_check::PhoneCheck;
pub use secrets::{SecretFile, SecretName};
pub use server_mark::ServerMark;
pub use sql::{PackId, Reader, Version, Writer};
pub use tables::{
    audit, bookmarks, browse, camera_clocks, chosen_network, consents, damage, drive, erasures, events,
    faces, invitations, jobs, marks, packs, parts, people, photo_changes, photo_files, photo_pages,
    photo_tallies, photos, progress, retention_clock, second_factors, selfies, server_numbers, sessions,
    source_files, sources, statistics, tallies, uploads, user_sessions, users, versions, visits, watermarks,
};

use sql::sqlite::{self, ChangeWatch, ReaderPool, WriteThread};
use tables::purges;

/// Name of the database in the data folder.
pub const DATABASE: &str = "fotota.db";

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
    /// When the folder cannot be created or used, was written by a newer version, or has photos that its database does
    /// not know.
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
        recovery::refuse_without_database(&database, &blobs)?;
        // SQLite gives its log the permissions of the database.
        private::options().create(true).append(true).open(&database).map_err(blobs::at(&database))?;
        let mut connection = sqlite::open_for_writing(&database, durability)?;
        before_upgrade::keep(&connection, folder)?;
        sqlite::migrate(&mut connection)?;
        if alone {
            recovery::recover(&mut connection, &database, &blobs)?;
            lock.unlock().map_err(|source| StoreError::io(&path, source))?;
        }
        lock.lock_shared().map_err(|source| StoreError::io(&path, source))?;
        recovery::repair_vectors(&mut connection)?;
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

    /// Keeps others from bringing an event into the data folder, until it is dropped; `None` if another process does.
    pub fn lock_moves(&self) -> StoreResult<Option<File>> {
        let path = self.0.folder.join("lock-moves");
        let lock = private::options().create(true).append(true).open(&path).map_err(blobs::at(&path))?;
        Ok(lock.try_lock().is_ok().then_some(lock))
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
        self.write(move |tx| purges::finish(tx, &deleted))?;
        self.sign_erasures()
    }
}
