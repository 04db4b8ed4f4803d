//! How much room is left where the data folder lies.

use super::{Store, StoreError};

/// Of the disk with the data folder, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What we may still fill.
    pub free_bytes: u64,
    /// With what is full.
    pub total_bytes: u64,
}

/// Less is little: a wedding's photos may not fit.
const LITTLE_BYTES: u64 = 2_000_000_000;
/// Less than one part in so many is little, too.
const LITTLE_PART: u64 = 20;

impl DiskSpace {
    /// Whether more should be made soon.
    #[must_use]
    pub fn is_low(self) -> bool {
        self.free_bytes < LITTLE_BYTES || self.free_bytes < self.total_bytes / LITTLE_PART
    }
}

impl Store {
    /// How much room is left.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn disk_space(&self) -> Result<DiskSpace, StoreError> {
        let folder = &self.0.folder;
        let space = fs4::statvfs(folder).map_err(|source| StoreError::io(folder, source))?;
        Ok(DiskSpace { free_bytes: space.available_space(), total_bytes: space.total_space() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn little_is_2_gb_or_one_twentieth() {
        let is_low = |free_bytes, total_bytes| DiskSpace { free_bytes, total_bytes }.is_low();
        assert!(is_low(1_999_999_999, 10_000_000_000) && !is_low(2_000_000_000, 10_000_000_000));
        assert!(is_low(49_000_000_000, 1_000_000_000_000) && !is_low(50_000_000_000, 1_000_000_000_000));
    }

    #[test]
    fn the_system_says_how_much_there_is() {
        let space = TestStore::new().disk_space().unwrap();
        assert!(space.total_bytes > 0 && space.free_bytes <= space.total_bytes);
    }
}
