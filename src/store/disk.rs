//! Free space on the disk with the data folder, and what the database takes.

use std::path::Path;

use super::{DATABASE, Reader, Store, StoreError, StoreResult};

/// Space on the disk with the data folder, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What this process may still use.
    pub free_bytes: u64,
    /// Used and free.
    pub total_bytes: u64,
}

/// Less free space is low: a wedding's photos may not fit.
const LOW_BYTES: u64 = 2_000_000_000;
/// With less there is no room for another photo, its preview and the log of the database.
const FULL_BYTES: u64 = 200_000_000;
/// Less than this fraction of the disk, one part in so many, is low too.
const LOW_FRACTION: u64 = 20;

impl DiskSpace {
    /// Whether space should be freed soon.
    #[must_use]
    pub fn is_low(self) -> bool {
        self.free_bytes < LOW_BYTES || self.free_bytes < self.total_bytes / LOW_FRACTION
    }

    /// Whether hardly anything can be stored any more.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.free_bytes < FULL_BYTES
    }
}

impl Store {
    /// How much space is left.
    pub fn disk_space(&self) -> StoreResult<DiskSpace> {
        Self::disk_space_of(&self.0.folder)
    }

    /// Bytes of the database and of its log, which SQLite writes into it later; of a server's database 0 if it does not
    /// say.
    #[must_use]
    pub fn database_bytes(&self) -> u64 {
        if self.0.database.is_shared() {
            let size = |db: &Reader| db.value("select pg_database_size(current_database())", ());
            return self.read(size).unwrap_or_default();
        }
        let size = |ending: &str| std::fs::metadata(self.0.folder.join(format!("{DATABASE}{ending}")));
        ["", "-wal"].iter().filter_map(|ending| size(ending).ok()).map(|found| found.len()).sum()
    }

    /// The same for a folder that is not open.
    pub fn disk_space_of(folder: &Path) -> StoreResult<DiskSpace> {
        let space = fs4::statvfs(folder).map_err(|source| StoreError::io(folder, source))?;
        Ok(DiskSpace { free_bytes: space.available_space(), total_bytes: space.total_space() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn low_is_below_2_gb_or_one_twentieth() {
        let is_low = |free_bytes, total_bytes| DiskSpace { free_bytes, total_bytes }.is_low();
        assert!(is_low(1_999_999_999, 10_000_000_000) && !is_low(2_000_000_000, 10_000_000_000));
        assert!(is_low(49_000_000_000, 1_000_000_000_000) && !is_low(50_000_000_000, 1_000_000_000_000));
    }

    #[test]
    fn the_disk_has_space() {
        let space = TestStore::new().disk_space().unwrap();
        assert!(space.total_bytes > 0 && space.free_bytes <= space.total_bytes);
        let full = |free_bytes| DiskSpace { free_bytes, total_bytes: 1 << 40 }.is_full();
        assert!(full(199_999_999) && !full(200_000_000));
        assert!(TestStore::new().database_bytes() > 0);
    }
}
