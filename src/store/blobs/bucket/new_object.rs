//! An object that is being written, part by part. It appears when it is finished, or never.

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt as _, PutPayload};
use tokio::task::JoinHandle;

use super::{Bucket, PART_BYTES};
use crate::store::blobs::BlobKey;
use crate::store::{StoreError, StoreResult};

/// Gathers parts; while one is on its way the next one is gathered.
pub(in crate::store::blobs) struct NewObject {
    bucket: Bucket,
    path: Path,
    part: Vec<u8>,
    /// `None` until there is a whole part, and once the object is whole.
    parts: Option<Box<dyn MultipartUpload>>,
    on_its_way: Option<JoinHandle<object_store::Result<()>>>,
}

impl Bucket {
    /// Starts to write a blob.
    pub(in crate::store::blobs) fn receive(&self, key: &BlobKey) -> NewObject {
        let path = self.path(&key.to_string());
        NewObject { bucket: self.clone(), path, part: Vec::new(), parts: None, on_its_way: None }
    }
}

impl NewObject {
    /// Appends the next bytes.
    pub(in crate::store::blobs) fn write(&mut self, mut bytes: &[u8]) -> StoreResult<()> {
        // A part goes when there is a byte behind it: the last one is never empty.
        while self.part.len() + bytes.len() > PART_BYTES {
            let (now, later) = bytes.split_at(PART_BYTES - self.part.len());
            self.part.extend_from_slice(now);
            bytes = later;
            self.send()?;
        }
        self.part.extend_from_slice(bytes);
        Ok(())
    }

    fn send(&mut self) -> StoreResult<()> {
        self.arrive()?;
        if self.parts.is_none() {
            self.parts = Some(self.bucket.wait(self.bucket.objects().put_multipart(&self.path))?);
        }
        let runtime = self.bucket.0.runtime.as_ref().ok_or(StoreError::Closed)?;
        let part = PutPayload::from(std::mem::take(&mut self.part));
        self.on_its_way = self.parts.as_mut().map(|parts| runtime.spawn(parts.put_part(part)));
        Ok(())
    }

    /// Waits for the part that is on its way.
    fn arrive(&mut self) -> StoreResult<()> {
        let Some(part) = self.on_its_way.take() else { return Ok(()) };
        self.bucket.wait(async { part.await? })
    }

    /// The bucket has all of it.
    pub(in crate::store::blobs) fn finish(mut self) -> StoreResult<()> {
        if self.parts.is_none() {
            let whole = PutPayload::from(std::mem::take(&mut self.part));
            return self.bucket.wait(self.bucket.objects().put(&self.path, whole)).map(drop);
        }
        self.send()?;
        self.arrive()?;
        let Some(parts) = &mut self.parts else { return Err(StoreError::Closed) };
        self.bucket.wait(parts.complete())?;
        self.parts = None;
        Ok(())
    }
}

impl Drop for NewObject {
    fn drop(&mut self) {
        let (parts, runtime) = (self.parts.take(), self.bucket.0.runtime.as_ref());
        if let (Some(mut parts), Some(runtime)) = (parts, runtime) {
            runtime.spawn(async move { parts.abort().await });
        }
    }
}

impl std::fmt::Debug for NewObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path.as_ref())
    }
}
