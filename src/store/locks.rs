//! What one process at a time does of all that share the rows: a lock that ends with its process, however that ends.

use std::fs::{File, TryLockError};

#[cfg(feature = "postgres")]
use crate::store::sql::{Database, postgres};
use crate::store::{Store, StoreResult, blobs, private};

/// What is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Bringing an event from elsewhere.
    Moves,
    /// Deleting what has expired.
    Janitor,
    /// Looking for damaged files.
    Scrub,
    /// Regular backups.
    Backups,
    /// Watching the hot folders.
    HotFolders,
}

impl Lock {
    /// Names the file, and must not change: processes of several versions may meet.
    fn name(self) -> &'static str {
        match self {
            Self::Moves => "moves",
            Self::Janitor => "janitor",
            Self::Scrub => "scrub",
            Self::Backups => "backups",
            Self::HotFolders => "hot-folders",
        }
    }

    /// As a server numbers it; must not change either.
    #[cfg(feature = "postgres")]
    fn number(self) -> u8 {
        match self {
            Self::Moves => 1,
            Self::Janitor => 2,
            Self::Scrub => 3,
            Self::Backups => 4,
            Self::HotFolders => 5,
        }
    }
}

/// A lock of this process, until it is dropped.
pub struct Guard(Held);

enum Held {
    File(#[expect(dead_code, reason = "the lock ends when the file is closed")] File),
    #[cfg(feature = "postgres")]
    Server(postgres::Held),
}

impl Guard {
    /// Whether the lock is still there: that of a server is lost with its connection, and then somebody else may take
    /// it. Long work asks before each part.
    #[must_use]
    pub fn is_held(&self) -> bool {
        match &self.0 {
            Held::File(_) => true,
            #[cfg(feature = "postgres")]
            Held::Server(held) => held.is_held(),
        }
    }
}

impl Store {
    /// Takes the lock; `None` if somebody else has it, of this process or another one.
    pub fn lock(&self, lock: Lock) -> StoreResult<Option<Guard>> {
        #[cfg(feature = "postgres")]
        if let Database::Postgres(server) = &self.0.database {
            return Ok(server.lock(lock.number())?.map(|held| Guard(Held::Server(held))));
        }
        let path = self.0.folder.join(format!("lock-{}", lock.name()));
        let file = private::options().create(true).append(true).open(&path).map_err(blobs::at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Guard(Held::File(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(blobs::at(&path)(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn a_lock_has_one_holder_and_ends_with_it() {
        let store = TestStore::new();
        let other = store.open_again();
        let held = store.lock(Lock::Scrub).unwrap().unwrap();
        assert!(held.is_held());
        for store in [&*store, &other] {
            assert!(store.lock(Lock::Scrub).unwrap().is_none());
        }
        let another = other.lock(Lock::Janitor).unwrap().unwrap();
        drop(held);
        assert!(other.lock(Lock::Scrub).unwrap().is_some_and(|held| held.is_held()));
        // As when its process ends.
        drop((another, other));
        assert!(store.lock(Lock::Janitor).unwrap().is_some());
    }
}
