//! `PostgreSQL` below the tables: connections to one database of a server, which several processes may share.
//!
//! Each write is one `serializable` transaction, run again after a conflict; each read sees one moment.

mod change_watch;
mod encrypted;
mod failure;
mod location;
mod locks;
mod parameters;
mod pool;
mod schema;
mod session;
mod values;
pub(in crate::store::sql) mod vectors;

use std::sync::mpsc::Receiver;

use postgres::Row as ServerRow;

use super::Version;
use super::row::{Column, Places};
use super::value::Value;
use crate::domain::random_bytes;
use crate::store::sql::server_error::{Problem, ServerError};
use crate::store::sql::sqlite::SCHEMA;
use crate::store::sql::{Inspection, Reader, Writer};
use crate::store::{StoreError, StoreResult};

use change_watch::ChangeWatch;
pub(in crate::store) use location::Location;
pub(in crate::store) use locks::Held;
use locks::Locks;
use pool::Pool;
pub(in crate::store::sql) use session::{Session, Typing};
use values::Received;

/// An open database of a server.
pub(in crate::store) struct Server {
    pool: Pool,
    changes: ChangeWatch,
    locks: Locks,
    is_alone: bool,
}

/// How writes begin.
const SERIALIZABLE: &str = "begin isolation level serializable";

impl Server {
    /// Connects, and migrates the database.
    pub(in crate::store) fn open(location: &Location) -> StoreResult<Self> {
        let session = Session::open(location)?;
        schema::migrate(&session)?;
        let (locks, is_alone) = Locks::begin(location.clone(), session)?;
        let node = format!("{:016x}", u64::from_ne_bytes(random_bytes()));
        let pool = Pool::new(location.clone(), node.clone());
        let changes = ChangeWatch::start(location, node, pool.commits(), locks.clone())?;
        Ok(Self { pool, changes, locks, is_alone })
    }

    /// Notes where the blobs are, if nobody has; `false` if they are elsewhere.
    pub(in crate::store) fn bind(&self, blobs: &str) -> StoreResult<bool> {
        self.write(|db| schema::bind(db, blobs))
    }

    /// Whether no other process used the database when this one began.
    pub(in crate::store) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Lets other processes in, which have waited; or waits until one that found itself alone is ready.
    pub(in crate::store) fn share(&self) -> StoreResult<()> {
        self.locks.share(self.is_alone)
    }

    /// What one process at a time does, by number; `None` if somebody has it.
    pub(in crate::store) fn lock(&self, number: u8) -> StoreResult<Option<Held>> {
        self.locks.take(number)
    }

    pub(in crate::store) fn read<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        self.pool.read(work)
    }

    pub(in crate::store) fn write<T>(&self, work: impl Fn(&Writer) -> StoreResult<T>) -> StoreResult<T> {
        self.pool.write(SERIALIZABLE, work)
    }

    /// A claim neither waits nor conflicts: it depends only on the row that it has locked. Other transactions see that
    /// the row has changed, and run again.
    pub(in crate::store) fn claim<T>(&self, work: impl Fn(&Writer) -> StoreResult<T>) -> StoreResult<T> {
        self.pool.write("begin isolation level read committed", work)
    }

    pub(in crate::store) fn version(&self) -> Version {
        self.changes.version()
    }

    /// Tells all servers on the database something, this one too.
    pub(in crate::store) fn announce(&self, text: &str) -> StoreResult<()> {
        self.locks.tell(text)
    }

    /// What servers tell from now on.
    pub(in crate::store) fn announcements(&self) -> Receiver<String> {
        self.changes.announcements()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.locks.end();
    }
}

/// Runs `work` on a database that is not migrated or changed.
pub(in crate::store) fn inspect<T>(
    location: &Location,
    work: impl FnOnce(&Reader) -> StoreResult<T>,
) -> StoreResult<Inspection<T>> {
    let session = Session::open(location)?;
    session.batch("begin isolation level repeatable read read only")?;
    match schema::version(&session)? {
        None => Ok(Inspection::Missing),
        Some(found) if found < SCHEMA => Ok(Inspection::OldSchema { found, known: SCHEMA }),
        Some(_) => work(&Reader::postgres(&session)).map(Inspection::Current),
    }
}

/// The value of a column.
pub(super) fn value<'r>(
    row: &'r ServerRow,
    places: &Places,
    column: Column<'_>,
    server: &std::sync::Arc<str>,
) -> StoreResult<Value<'r>> {
    let position = match column {
        Column::At(position) => position,
        Column::Named(name) => {
            let places = places.get_or_init(|| {
                let names = row.columns().iter().enumerate().rev();
                // Of two columns with one name the first.
                names.map(|(at, column)| (column.name().to_owned(), at)).collect()
            });
            *places.get(name).ok_or_else(|| {
                let said = format!("there is no column `{name}`");
                StoreError::Server(ServerError { server: server.clone(), problem: Problem::Refused, said })
            })?
        }
    };
    match row.try_get::<_, Received<'_>>(position) {
        Ok(received) => Ok(received.0),
        Err(error) => Err(failure::failure(server, &error)),
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
