//! Blobs as objects of an S3-compatible bucket.
//!
//! Callers are threads that wait, as for files; `object_store` speaks the protocol, and `client` sends its requests.

mod client;
mod delete;
mod failure;
mod new_object;
mod objects;
mod pieces;
mod place;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};
use tokio::runtime::Runtime;
use ureq::http::Method;

use super::BlobKey;
use crate::store::{StoreError, StoreResult};

pub(super) use new_object::NewObject;
pub(super) use objects::Objects;
pub(super) use pieces::Pieces;
pub use place::BucketPlace;

/// Sent as one object, or as one part of a larger one. S3 wants at least 5 MiB for each part but the last.
const PART_BYTES: usize = 8 << 20;

/// Questions of one caller that are asked at once.
const AT_ONCE: usize = 16;

/// An open bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bucket(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Arc<dyn ObjectStore>,
    /// As errors call it.
    name: String,
    /// Where all names begin.
    prefix: Path,
    /// Signs addresses of objects, if browsers may have them.
    signer: Option<Arc<dyn Signer>>,
    /// Waits between attempts, and for parts that are on their way. `None` once it has ended.
    runtime: Option<Runtime>,
}

impl Bucket {
    fn new(
        objects: Arc<dyn ObjectStore>,
        signer: Option<Arc<dyn Signer>>,
        name: String,
        prefix: &str,
    ) -> StoreResult<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build();
        let runtime = runtime.map_err(|source| StoreError::Io { path: name.clone().into(), source })?;
        Ok(Self(Arc::new(Inner {
            objects,
            signer,
            name,
            prefix: Path::from(prefix),
            runtime: Some(runtime),
        })))
    }

    pub(super) fn name(&self) -> String {
        self.0.name.clone()
    }

    /// Waits for what the bucket does.
    fn wait<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> StoreResult<T> {
        let runtime = self.0.runtime.as_ref().ok_or(StoreError::Closed)?;
        runtime.block_on(work).map_err(|error| self.failure(&error))
    }

    /// The same, where there may be no such object.
    fn find<T>(&self, work: impl Future<Output = object_store::Result<T>>) -> StoreResult<Option<T>> {
        let found = async {
            match work.await {
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                found => found.map(Some),
            }
        };
        self.wait(found)
    }

    fn objects(&self) -> &dyn ObjectStore {
        &*self.0.objects
    }

    fn path(&self, name: &str) -> Path {
        self.0.prefix.parts().chain(Path::from(name).parts()).collect()
    }

    /// The objects whose names begin with that one and a slash, by name.
    fn list_below(&self, name: &str) -> StoreResult<Vec<ObjectMeta>> {
        let mut found: Vec<ObjectMeta> =
            self.wait(self.objects().list(Some(&self.path(name))).try_collect())?;
        found.sort_by(|one, other| one.location.cmp(&other.location));
        Ok(found)
    }

    /// A blob, to be read.
    pub(super) fn open(&self, key: &BlobKey) -> StoreResult<Option<Objects>> {
        let pieces = match key {
            BlobKey::Upload(id) => self.list_pieces(*id)?,
            _ => self.find(self.objects().head(&self.path(&key.to_string())))?.into_iter().collect(),
        };
        Ok(if pieces.is_empty() { None } else { Some(Objects::new(self.clone(), pieces)) })
    }

    /// All bytes of a blob.
    pub(super) fn read(&self, key: &BlobKey) -> StoreResult<Option<Vec<u8>>> {
        self.get(&self.path(&key.to_string()), None)
    }

    fn get(&self, path: &Path, range: Option<GetRange>) -> StoreResult<Option<Vec<u8>>> {
        let bytes = async {
            let options = GetOptions { range, ..GetOptions::default() };
            self.objects().get_opts(path, options).await?.bytes().await
        };
        Ok(self.find(bytes)?.map(Into::into))
    }

    /// The first bytes of a blob.
    pub(super) fn read_head(&self, key: &BlobKey, limit: usize) -> StoreResult<Option<Vec<u8>>> {
        use std::io::Read as _;
        let Some(objects) = self.open(key)? else { return Ok(None) };
        let mut head = Vec::with_capacity(limit);
        match objects.take(limit as u64).read_to_end(&mut head) {
            Ok(_) => Ok(Some(head)),
            Err(source) => Err(StoreError::Io { path: key.to_string().into(), source }),
        }
    }

    /// An address of a blob that anybody can use for a while; `None` if browsers are to ask FotoTa.
    pub(super) fn address(&self, key: &BlobKey, good_for: Duration) -> StoreResult<Option<String>> {
        let Some(signer) = &self.0.signer else { return Ok(None) };
        let path = self.path(&key.to_string());
        Ok(Some(self.wait(signer.signed_url(Method::GET, &path, good_for))?.into()))
    }

    /// Size of a blob in bytes.
    pub(super) fn size(&self, key: &BlobKey) -> StoreResult<Option<u64>> {
        Ok(self.open(key)?.map(|objects| objects.size_bytes()))
    }

    /// The sizes of many blobs, in order; many are asked for at once.
    pub(super) fn sizes(&self, keys: &[BlobKey]) -> StoreResult<Vec<Option<u64>>> {
        let heads = keys.iter().map(|key| {
            let path = self.path(&key.to_string());
            async move {
                match self.objects().head(&path).await {
                    Err(object_store::Error::NotFound { .. }) => Ok(None),
                    found => found.map(|object| Some(object.size)),
                }
            }
        });
        self.wait(futures_util::stream::iter(heads).buffered(AT_ONCE).try_collect())
    }

    /// Stores a blob.
    pub(super) fn put(&self, key: &BlobKey, bytes: &[u8]) -> StoreResult<()> {
        let payload = PutPayload::from(bytes.to_vec());
        self.wait(self.objects().put(&self.path(&key.to_string()), payload)).map(drop)
    }

    /// Gives a blob another key.
    pub(super) fn rename(&self, from: &BlobKey, to: &BlobKey) -> StoreResult<()> {
        let (from_path, to_path) = (self.path(&from.to_string()), self.path(&to.to_string()));
        self.wait(self.objects().copy(&from_path, &to_path))?;
        self.delete(std::slice::from_ref(from))
    }

    /// All blobs in a folder.
    pub(super) fn list(&self, folder: &str) -> StoreResult<Vec<BlobKey>> {
        let skipped = self.0.prefix.parts_count();
        let mut keys: Vec<BlobKey> = Vec::new();
        for object in self.list_below(folder)? {
            let name: Path = object.location.parts().skip(skipped).collect();
            // A piece is named by its upload and where it begins.
            let key = name.as_ref().parse().or_else(|()| {
                let upload = name.as_ref().rsplit_once('/').map_or("", |(upload, _)| upload);
                upload.parse()
            });
            keys.extend(key);
        }
        keys.dedup();
        Ok(keys)
    }

    /// An error if the bucket does not answer.
    pub(super) fn probe(&self) -> StoreResult<()> {
        self.find(self.objects().head(&self.path("secrets/folder-id.txt"))).map(drop)
    }

    /// A file beside the blobs.
    pub(super) fn read_secret(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        self.get(&self.path(&format!("secrets/{name}")), None)
    }

    /// Writes one. Unless it replaces, the file stays that another process has written.
    pub(super) fn write_secret(&self, name: &str, bytes: &[u8], replace: bool) -> StoreResult<()> {
        let mode = if replace { PutMode::Overwrite } else { PutMode::Create };
        let path = self.path(&format!("secrets/{name}"));
        let written = async {
            match self.objects().put_opts(&path, bytes.to_vec().into(), mode.into()).await {
                Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
                written => written.map(drop),
            }
        };
        self.wait(written)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not by waiting, which some threads may not do.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
