//! Stored selfies on disk.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::domain::SelfieId;
use crate::store::StoreError;
use crate::store::blobs::{Files, list, remove, remove_or_warn, write_whole};

impl Files {
    /// Where a selfie lies.
    #[must_use]
    pub fn selfie(&self, id: SelfieId) -> PathBuf {
        self.sharded("selfies", id.as_i64(), "jpg")
    }

    /// Writes a selfie's picture, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_selfie(&self, id: SelfieId, jpeg: &[u8]) -> Result<(), StoreError> {
        let temporary = self.root.join("incoming").join(format!("{id}.selfie.part"));
        write_whole(&temporary, &self.selfie(id), jpeg)
    }

    /// Deletes a selfie's picture; that it is not there is no error.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn delete_selfie(&self, id: SelfieId) -> Result<(), StoreError> {
        remove(&self.selfie(id))
    }

    /// Deletes pictures that a killed process left: those of no selfie of `known`.
    pub(in crate::store) fn sweep_selfies(&self, known: &[SelfieId]) -> Result<(), StoreError> {
        let known: HashSet<PathBuf> = known.iter().map(|id| self.selfie(*id)).collect();
        for shard in list(&self.root.join("selfies"))? {
            for path in list(&shard)? {
                if !known.contains(&path) {
                    remove_or_warn(&path);
                }
            }
        }
        Ok(())
    }
}
