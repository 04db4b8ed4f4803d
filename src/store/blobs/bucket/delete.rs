//! Deleting objects, many with one request.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use object_store::path::Path;

use super::Bucket;
use crate::domain::reason_chain;
use crate::store::StoreResult;
use crate::store::blobs::BlobKey;

impl Bucket {
    /// Deletes blobs; it is no error if there are none.
    pub(in crate::store::blobs) fn delete(&self, keys: &[BlobKey]) -> StoreResult<()> {
        let mut paths = Vec::new();
        for key in keys {
            paths.extend(self.paths(key)?);
        }
        let (_, failure) = self.delete_paths(paths)?;
        failure.map_or(Ok(()), |error| Err(self.failure(&error)))
    }

    /// Deletes what can be deleted now, and returns it.
    pub(in crate::store::blobs) fn delete_all(&self, keys: Vec<BlobKey>) -> Vec<BlobKey> {
        let mut of_keys = Vec::with_capacity(keys.len());
        for key in keys {
            match self.paths(&key) {
                Ok(paths) => of_keys.push((key, paths)),
                Err(error) => warn(&error),
            }
        }
        let paths = of_keys.iter().flat_map(|(_, paths)| paths.clone()).collect();
        match self.delete_paths(paths) {
            Ok((deleted, failure)) => {
                if let Some(error) = failure {
                    warn(&error);
                }
                of_keys.retain(|(_, paths)| paths.iter().all(|path| deleted.contains(path)));
                of_keys.into_iter().map(|(key, _)| key).collect()
            }
            Err(error) => {
                warn(&error);
                Vec::new()
            }
        }
    }

    /// The objects of a blob.
    fn paths(&self, key: &BlobKey) -> StoreResult<Vec<Path>> {
        let name = key.to_string();
        match key {
            BlobKey::Upload(_) => {
                Ok(self.list_below(&name)?.into_iter().map(|piece| piece.location).collect())
            }
            _ => Ok(vec![self.path(&name)]),
        }
    }

    /// What was deleted, and why the rest was not.
    fn delete_paths(&self, paths: Vec<Path>) -> StoreResult<(HashSet<Path>, Option<object_store::Error>)> {
        let paths = futures_util::stream::iter(paths.into_iter().map(Ok)).boxed();
        self.wait(async {
            let (mut deleted, mut failure) = (HashSet::new(), None);
            let mut answers = self.objects().delete_stream(paths);
            while let Some(answer) = answers.next().await {
                match answer {
                    Ok(path) => drop(deleted.insert(path)),
                    Err(object_store::Error::NotFound { path, .. }) => drop(deleted.insert(Path::from(path))),
                    Err(error) => failure = Some(error),
                }
            }
            Ok((deleted, failure))
        })
    }
}

fn warn(error: &dyn std::error::Error) {
    let cause = reason_chain(error);
    tracing::warn!(cause, "objects of the bucket could not be deleted, it is tried again");
}
