//! Deleting blobs.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{Folder, remove, sync_folder};
use crate::domain::reason_chain;
use crate::store::StoreResult;
use crate::store::blobs::BlobKey;

impl Folder {
    /// Deletes a blob.
    pub(in crate::store::blobs) fn delete(&self, key: &BlobKey) -> StoreResult<()> {
        if let BlobKey::Original(id, _) = key {
            // In the order in which a worker moves it, so that a concurrent move is not missed.
            remove(&self.incoming(*id))?;
        }
        remove(&self.path(key))
    }

    /// The same with several, none of which comes back after a power failure.
    pub(in crate::store::blobs) fn delete_durably(&self, keys: &[BlobKey]) -> StoreResult<()> {
        keys.iter().try_for_each(|key| self.delete(key))?;
        let mut folders: Vec<PathBuf> = keys.iter().flat_map(|key| self.folders(key)).collect();
        folders.sort();
        folders.dedup();
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Deletes what can be deleted now, and returns it. None of that comes back after a power failure.
    pub(in crate::store::blobs) fn delete_all(&self, mut keys: Vec<BlobKey>) -> Vec<BlobKey> {
        fn succeeds(key: &BlobKey, deleted: StoreResult<()>) -> bool {
            deleted
                .inspect_err(|error| {
                    let cause = reason_chain(error);
                    tracing::warn!(blob = %key, cause, "a blob could not be deleted, it is tried again");
                })
                .is_ok()
        }
        keys.retain(|key| succeeds(key, self.delete(key)));
        let mut synced = HashMap::new();
        keys.retain(|key| {
            let mut folders = self.folders(key).into_iter();
            folders
                .all(|path| *synced.entry(path).or_insert_with_key(|path| succeeds(key, sync_folder(path))))
        });
        keys
    }

    /// The folders that may have a name for a blob.
    fn folders(&self, key: &BlobKey) -> Vec<PathBuf> {
        let folder = self.path(key).parent().map(ToOwned::to_owned);
        let incoming = matches!(key, BlobKey::Original(..)).then(|| self.root.join("incoming"));
        folder.into_iter().chain(incoming).filter(|folder| folder.exists()).collect()
    }
}
