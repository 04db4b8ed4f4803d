//! Why the data folder could not be read or written.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::moves::MoveError;
use super::{BlobKey, DATABASE, ServerError};

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
    /// The database's file has pages that SQLite did not write.
    #[error(
        "the database `{database}` is damaged\n\
         hint: keep a copy of the whole data folder, then put a backup of `{DATABASE}` in its place; `fotota doctor \
         --deep` says what is damaged. The files of the photos are left as they are"
    )]
    DatabaseDamaged {
        /// Its file.
        database: PathBuf,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// Records of another data folder cannot be brought.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The database's file was deleted, or another one put in its place, while it was open.
    #[error(
        "the database was deleted or replaced while it was in use, and accepts nothing more\n\
         hint: end all FotoTa programs on this data folder, put the right `{DATABASE}` in place, and start again"
    )]
    DatabaseReplaced,
    /// There are photos, and no database that knows them: going on would leave them nameless.
    #[error(
        "`{folder}` has the files of {files} photos, but {problem}\n\
         hint: put a backup of `{DATABASE}` back. Without one, move the folder `originals` elsewhere, start again, and \
         import it into a new event. Nothing was changed or deleted"
    )]
    DatabaseLost {
        /// The data folder.
        folder: PathBuf,
        /// How many originals there are.
        files: usize,
        /// What is wrong with the database.
        problem: &'static str,
    },
    /// Any other error of SQLite.
    #[error("the database cannot be used")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// A database server did not do what it was asked for.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The configuration names a server, and the data folder has rows of its own.
    #[error(
        "`{folder}` has a database of its own, `{DATABASE}`, and `[storage] url` names another\n\
         hint: use another data folder, or leave `[storage] url` out. To take events along, `fotota event export` \
         them without the URL and `fotota import-event` them with it"
    )]
    HasRows {
        /// The data folder.
        folder: PathBuf,
    },
    /// The data folder's rows are on a server, and the configuration names none.
    #[error(
        "the rows of `{folder}` are on a database server\n\
         hint: name it by `[storage] url` or FOTOTA_STORAGE_URL, as before"
    )]
    RowsOnServer {
        /// The data folder.
        folder: PathBuf,
    },
    /// There are photos, and the server's database knows none of them.
    #[error(
        "`{folder}` has the files of {files} photos, but the database of `[storage] url` knows no photo\n\
         hint: name the database that belongs to the folder, or use another folder. Nothing was changed or deleted"
    )]
    ForeignFolder {
        /// The data folder.
        folder: PathBuf,
        /// How many originals there are.
        files: usize,
    },
    /// The server's database belongs to blobs that are elsewhere.
    #[error(
        "the database of `[storage] url` belongs to other pictures than those of `{place}`\n\
         hint: all servers on one database use the same data folder, or the same `[storage.bucket]`"
    )]
    OtherBlobs {
        /// The data folder, or the bucket.
        place: String,
    },
    /// The service with the bucket did not do what it was asked for.
    #[error("the bucket {place} cannot be used: {said}")]
    Bucket {
        /// Which.
        place: String,
        /// What the service said.
        said: String,
        /// It did not answer, or was in trouble: a later attempt may succeed.
        is_away: bool,
    },
    /// What only a database in the data folder can do.
    #[error("{task} does not work with rows on a server\nhint: {instead}")]
    OnServer {
        /// What was asked for.
        task: &'static str,
        /// What to do.
        instead: &'static str,
    },
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
    /// Another process locked the database for longer than the timeout, or its server is away, or the
    /// bucket's: a later attempt may succeed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy),
            Self::Server(error) => error.is_busy(),
            Self::Bucket { is_away, .. } => *is_away,
            _ => false,
        }
    }

    /// The commit may have happened all the same: SQLite also fails when it has written a commit and cannot fsync it,
    /// and the next to open the database may find it.
    #[must_use]
    pub fn may_be_committed(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure),
            Self::Server(error) => error.may_be_committed(),
            Self::DatabaseReplaced | Self::Closed => true,
            _ => false,
        }
    }

    /// From the failure of an operation on `path`.
    pub(in crate::store) fn io(path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::DiskFull { folder: path.parent().unwrap_or(path).to_owned() }
            }
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// A full disk, or a damaged database, if that is what SQLite reports.
    pub(in crate::store) fn in_folder(self, folder: &Path) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        if let Self::Server(error) = &self
            && let Some(server) = error.full_disk()
        {
            return Self::DiskFull { folder: server.into() };
        }
        let Self::Sqlite(error) = &self else { return self };
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::DiskFull { folder: folder.to_owned() },
            Some(DatabaseCorrupt | NotADatabase) => {
                Self::DatabaseDamaged { database: folder.join(DATABASE), source: error.clone() }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_commit_whose_fsync_failed_may_have_happened() {
        let failed = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(failed(ffi::SQLITE_IOERR_FSYNC).may_be_committed());
        assert!(!failed(ffi::SQLITE_FULL).may_be_committed());
        assert!(!failed(ffi::SQLITE_CONSTRAINT_UNIQUE).may_be_committed());
    }

    #[test]
    fn a_bucket_that_is_away_may_come_back() {
        let error = |is_away| StoreError::Bucket { place: "b".into(), said: "no".into(), is_away };
        assert!(error(true).is_busy() && !error(false).is_busy());
    }
}
