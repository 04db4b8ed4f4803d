//! Tells whether anybody, in whatever process, has changed the database.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::schema;
use crate::store::StoreResult;
use crate::store::sql::Version;

/// How long the commit of another process may stay unnoticed: less than that process takes to end. Asking takes some
/// microseconds, and a lock on a file.
const FOREIGN_INTERVAL: Duration = Duration::from_millis(1);

/// A connection of its own, and the number of commits of this process.
pub(in crate::store) struct ChangeWatch {
    connection: Mutex<Connection>,
    opened: Instant,
    commits: Arc<AtomicU64>,
    foreign: AtomicU64,
    /// When `foreign` is asked again, in microseconds since `opened`.
    next_question: AtomicU64,
}

impl ChangeWatch {
    pub(in crate::store) fn open(database: &Path, commits: Arc<AtomicU64>) -> StoreResult<Self> {
        let (foreign, next_question) = (AtomicU64::new(0), AtomicU64::new(0));
        let connection = Mutex::new(schema::open_for_reading(database)?);
        Ok(Self { connection, opened: Instant::now(), commits, foreign, next_question })
    }

    /// Of this process every commit counts at once, of others after [`FOREIGN_INTERVAL`].
    pub(in crate::store) fn version(&self) -> StoreResult<Version> {
        let now = micros(self.opened.elapsed());
        let due = self.next_question.load(Ordering::Relaxed);
        let next = now + micros(FOREIGN_INTERVAL);
        // One thread asks, the others do not wait for it.
        if now >= due
            && self.next_question.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let mut statement = connection.prepare_cached("pragma data_version")?;
            self.foreign.store(statement.query_row((), |row| row.get(0))?, Ordering::Release);
        }
        Ok(Version {
            own: self.commits.load(Ordering::Acquire),
            foreign: self.foreign.load(Ordering::Acquire),
        })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
