//! The open database, whichever it is.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use super::sqlite::{ChangeWatch, ReaderPool, WriteThread};
use super::{Reader, Version, Writer};
#[cfg(not(feature = "postgres"))]
use crate::store::StoreError;
use crate::store::{ServerRows, StoreResult};

pub(in crate::store) enum Database {
    /// A file of the data folder.
    Sqlite { writer: WriteThread, readers: ReaderPool, changes: ChangeWatch },
    /// A database of a server.
    #[cfg(feature = "postgres")]
    Postgres(super::postgres::Server),
}

/// What was found without opening a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspection<T> {
    /// There is no database, or nothing in it; the first start creates it.
    Missing,
    /// The next start migrates the database.
    OldSchema {
        /// Its version.
        found: i64,
        /// The latest version.
        known: i64,
    },
    /// The result of the work on the database.
    Current(T),
}

impl Database {
    /// The file, with the connection that writes.
    pub(in crate::store) fn sqlite(file: &Path, connection: rusqlite::Connection) -> StoreResult<Self> {
        let writer = WriteThread::start(connection);
        let changes = ChangeWatch::open(file, writer.commits())?;
        Ok(Self::Sqlite { writer, readers: ReaderPool::new(file.to_owned()), changes })
    }

    /// A database of a server, migrated.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn on_server(server: ServerRows<'_>) -> StoreResult<Self> {
        let location = super::postgres::Location::find(server)?;
        super::postgres::Server::open(&location).map(Self::Postgres)
    }

    #[cfg(not(feature = "postgres"))]
    pub(in crate::store) fn on_server(_: ServerRows<'_>) -> StoreResult<Self> {
        Err(without_driver())
    }

    /// Runs `work` on the rows of a server, and changes nothing there.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn inspect_server<T>(
        server: ServerRows<'_>,
        work: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        super::postgres::inspect(&super::postgres::Location::find(server)?, work)
    }

    #[cfg(not(feature = "postgres"))]
    pub(in crate::store) fn inspect_server<T>(
        _: ServerRows<'_>,
        _: impl FnOnce(&Reader) -> StoreResult<T>,
    ) -> StoreResult<Inspection<T>> {
        Err(without_driver())
    }

    /// Notes where the blobs are, if nobody has; `false` if they are elsewhere. Those of a file are beside it.
    pub(in crate::store) fn bind(&self, blobs: &str) -> StoreResult<bool> {
        match self {
            Self::Sqlite { .. } => Ok(true),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.bind(blobs),
        }
    }

    /// Whether it is on a server, where processes on other computers may use it.
    pub(in crate::store) fn is_shared(&self) -> bool {
        !matches!(self, Self::Sqlite { .. })
    }

    /// Whether one that is alone on the data folder is alone on the database too.
    pub(in crate::store) fn is_alone(&self) -> bool {
        match self {
            Self::Sqlite { .. } => true,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.is_alone(),
        }
    }

    /// What only one that is alone may do is done: others may begin.
    pub(in crate::store) fn share(&self) -> StoreResult<()> {
        match self {
            Self::Sqlite { .. } => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.share(),
        }
    }

    /// One transaction; `work` may run again after a conflict.
    pub(in crate::store) fn write<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&Writer) -> StoreResult<T> + Send + 'static,
    {
        match self {
            Self::Sqlite { writer, .. } => writer.run(work),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.write(work),
        }
    }

    /// One transaction that takes a row by [`Writer::skip_locked`], and depends on nothing but that row.
    pub(in crate::store) fn claim<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: Fn(&Writer) -> StoreResult<T> + Send + 'static,
    {
        match self {
            Self::Sqlite { writer, .. } => writer.run(work),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.claim(work),
        }
    }

    pub(in crate::store) fn read<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        match self {
            Self::Sqlite { readers, .. } => readers.run(work),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.read(work),
        }
    }

    pub(in crate::store) fn version(&self) -> StoreResult<Version> {
        match self {
            Self::Sqlite { changes, .. } => changes.version(),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => Ok(server.version()),
        }
    }

    /// A file has no servers that could hear it.
    pub(in crate::store) fn announce(&self, text: &str) -> StoreResult<()> {
        match self {
            Self::Sqlite { .. } => {
                let _ = text;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.announce(text)?,
        }
        Ok(())
    }

    pub(in crate::store) fn announcements(&self) -> Receiver<String> {
        match self {
            Self::Sqlite { .. } => mpsc::channel().1,
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.announcements(),
        }
    }
}

#[cfg(not(feature = "postgres"))]
fn without_driver() -> StoreError {
    StoreError::OnServer {
        task: "this executable, which was built without PostgreSQL,",
        instead: "leave `[storage] url` out, or use an executable with the feature `postgres`",
    }
}
