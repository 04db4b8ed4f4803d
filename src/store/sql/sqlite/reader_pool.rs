//! Read-only connections, opened when first needed and kept for the next reader.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::opened_file::OpenedFile;
use super::schema;
use crate::store::sql::Reader;
use crate::store::{StoreError, StoreResult};

/// More readers than this wait; measured best on small machines is about four.
const MAX_READERS: usize = 4;

pub(in crate::store) struct ReaderPool {
    database: OpenedFile,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

impl ReaderPool {
    pub(in crate::store) fn new(database: PathBuf) -> Self {
        Self { database: OpenedFile::at(database), state: Mutex::default(), returned: Condvar::new() }
    }

    pub(in crate::store) fn run<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        let lease = Lease { connection: Some(self.take()?), pool: self };
        work(&Reader::sqlite(lease.connection.as_ref().ok_or(StoreError::Closed)?))
    }

    fn take(&self) -> StoreResult<Connection> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(connection);
            }
            if state.open < MAX_READERS {
                if !self.database.is_in_place() {
                    return Err(StoreError::DatabaseReplaced);
                }
                let connection = schema::open_for_reading(self.database.path())?;
                state.open += 1;
                return Ok(connection);
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives the connection back, also when the reader panics.
struct Lease<'a> {
    connection: Option<Connection>,
    pool: &'a ReaderPool,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.idle.extend(self.connection.take());
        self.pool.returned.notify_one();
    }
}
