//! All persistent data: rows in SQLite or `PostgreSQL`, blobs in files. Only this module names their drivers and knows
//! the layout of the data folder.
//!
//! Writes are closures: with SQLite on one writing thread, which commits all waiting ones in one transaction; on a
//! server each in a transaction of its own, which may run again. Reads are closures on
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
mod locks;
pub mod moves;
mod phone_check;
mod places;
mod private;
mod purging;
mod recovery;
mod secrets;
mod server_mark;
#[cfg(test)]
mod sharing_tests;
mod sql;
mod tables;
#[cfg(test)]
pub(crate) mod testing;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::domain::Timestamp;

pub use blobs::{
    Blob, BlobKey, Blobs, BucketPlace, DATA_FOLDER_ENTRIES, DownloadName, Incoming, Received, UploadFile,
};
pub use disk::DiskSpace;
pub use error::{StoreError, StoreResult};
pub use locks::{Guard, Lock};
pub use phone_check::PhoneCheck;
pub use places::{Places, Rows, ServerRows};
pub use secrets::{SecretFile, SecretName, has_secret};
pub use server_mark::ServerMark;
pub use sql::{Inspection, PackId, Reader, ServerError, Version, Writer};
pub use tables::{
    audit, bookmarks, browse, camera_clocks, chosen_network, consents, damage, drive, erasures, events,
    faces, invitations, jobs, marks, packs, parts, people, photo_changes, photo_files, photo_pages,
    photo_tallies, photos, progress, retention_clock, second_factors, selfies, server_numbers, sessions,
    source_files, sources, statistics, tallies, uploads, user_sessions, users, versions, visits, watermarks,
};

use sql::{Database, sqlite};

/// Name of the database in the data folder.
pub const DATABASE: &str = "fotota.db";

/// An empty file in a data folder whose rows are on a server.
const ON_SERVER: &str = "fotota.db.server";

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
    database: Database,
    /// Held shared while the folder is open: an exclusive holder knows that it is alone.
    _lock: File,
}

impl Store {
    /// Opens or creates the data folder and migrates its database. If no other process has it open, cleans up after a
    /// killed one.
    ///
    /// # Errors
    /// When the folder or the server cannot be used, was written by a newer version, or there are photos that the
    /// database does not know.
    pub fn open<'a>(folder: &Path, places: impl Into<Places<'a>>) -> StoreResult<Self> {
        Self::open_inner(folder, places.into()).map_err(|error| error.in_folder(folder))
    }

    fn open_inner(folder: &Path, Places { rows, bucket }: Places<'_>) -> StoreResult<Self> {
        sqlite::register_vector_extension();
        backup::check_not_interrupted(folder)?;
        private::claim(folder)?;
        let blobs = Blobs::create(folder, bucket)?;
        let path = folder.join("lock");
        let lock = private::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|source| StoreError::io(&path, source))?;
        let alone = lock.try_lock().is_ok();
        let database = match rows {
            Rows::InFolder(durability) => open_file(folder, &blobs, durability)?,
            Rows::OnServer(server) => open_server(folder, server, &blobs)?,
        };
        if alone {
            recovery::recover(&database, folder, &blobs)?;
            lock.unlock().map_err(|source| StoreError::io(&path, source))?;
        }
        database.share()?;
        lock.lock_shared().map_err(|source| StoreError::io(&path, source))?;
        recovery::repair_vectors(&database)?;
        let folder = folder.to_owned();
        Ok(Self(Arc::new(Inner { folder, blobs, database, _lock: lock })))
    }

    /// Whether a folder is a data folder, wherever its rows are.
    #[must_use]
    pub fn is_data_folder(folder: &Path) -> bool {
        [DATABASE, ON_SERVER].iter().any(|name| folder.join(name).exists())
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
        self.0.database.write(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// The same for work that takes a row before others do, such as the next job, and depends on nothing else that they
    /// may change: those who do so at the same time are not in each other's way.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn claim<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&Writer) -> StoreResult<T> + Send + 'static,
    {
        self.0.database.claim(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Runs `work` on a read-only connection.
    ///
    /// # Errors
    /// What `work` returned, or why there is no connection.
    pub fn read<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        self.0.database.read(work).map_err(|error| error.in_folder(&self.0.folder))
    }

    /// Differs from every earlier one when anybody, in whatever process, has committed something since. Commits of
    /// others are noticed within a millisecond; on a server, as soon as it has announced them. Waits for neither disk
    /// nor server.
    pub fn version(&self) -> StoreResult<Version> {
        self.0.database.version()
    }

    /// Tells all servers on the database something that nothing keeps; in a data folder, nobody.
    pub fn announce(&self, text: &str) -> StoreResult<()> {
        self.0.database.announce(text)
    }

    /// Announcements from now on, also of this server. An earlier receiver gets no more of them.
    #[must_use]
    pub fn announcements(&self) -> Receiver<String> {
        self.0.database.announcements()
    }

    /// Deletes what was kept of the database before an upgrade, after its time.
    pub fn forget_old_database(&self, now: Timestamp) -> StoreResult<()> {
        before_upgrade::forget_old(&self.0.folder, now)
    }
}

/// The database in the data folder, created and migrated.
fn open_file(folder: &Path, blobs: &Blobs, durability: Durability) -> StoreResult<Database> {
    let file = folder.join(DATABASE);
    if folder.join(ON_SERVER).exists() {
        return Err(StoreError::RowsOnServer { folder: folder.to_owned() });
    }
    recovery::refuse_without_database(&file, blobs)?;
    // SQLite gives its log the permissions of the database.
    private::options().create(true).append(true).open(&file).map_err(blobs::at(&file))?;
    let mut connection = sqlite::open_for_writing(&file, durability)?;
    before_upgrade::keep(&connection, folder)?;
    sqlite::migrate(&mut connection)?;
    Database::sqlite(&file, connection)
}

/// The database of a server, migrated. A folder that has rows of its own belongs to no server.
fn open_server(folder: &Path, server: ServerRows<'_>, blobs: &Blobs) -> StoreResult<Database> {
    if folder.join(DATABASE).exists() {
        return Err(StoreError::HasRows { folder: folder.to_owned() });
    }
    let database = Database::on_server(server)?;
    // Deletions of one server would leave the files of another.
    if !database.bind(&secrets::folder_id(blobs)?)? {
        return Err(StoreError::OtherBlobs { place: blobs.place() });
    }
    let mark = folder.join(ON_SERVER);
    private::options().create(true).append(true).open(&mark).map_err(blobs::at(&mark))?;
    Ok(database)
}
