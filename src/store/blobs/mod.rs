//! Stored bytes: photos and what is made of them, selfies, copies, uploads. Callers name them by [`BlobKey`] and read
//! them through [`Blob`]; only this module knows whether they are files or objects of a bucket. Logos are small and
//! change with their event's row, so they are columns of the database.
//!
//! Layout of the data folder:
//!
//! ```text
//! fotota.db                      rows
//! fotota.db.schema-N             rows as they were before an upgrade, for a while
//! incoming/ID.part               files being written; those of a recorded photo wait to be moved
//! uploads/ID.part                files that arrive in pieces, as far as they have come
//! originals/AB/ID.jpg            photos as received, never changed
//! derived/AB/ID.preview.jpg      and ID.thumb.jpg
//! selfies/AB/ID.jpg              what users search with, without metadata
//! drive/AB/ID.jpg                copies of pictures that users' searches found in Google Drive
//! drive/downloads/HASH           pictures of Google Drive whose faces are being searched
//! secrets/NAME.key               what tokens and signed URLs are signed with
//! secrets/NAME.pem, NAME.json    keys and certificates, an account at a certificate authority
//! secrets/folder-id.txt          identifies the data folder and its backups
//! secrets/erasures-last.txt      the last entry of the record of what was erased
//! models/PACK/FILE.onnx          model packs that are not inside the executable
//! ```
//!
//! `AB` is the id modulo 256 in hexadecimal, so that no folder grows huge. Names come from ids alone, never from what a
//! camera or a guest called the file.
//!
//! A bucket has the same names, with three differences. A photo is in `originals` from the start, because an object
//! appears only when it is whole, and moving it would cost a copy. An upload is the objects `uploads/ID.part/OFFSET`,
//! one for each piece. Pictures of Google Drive whose faces are being searched stay in the data folder.

mod blob;
mod bucket;
mod folder;
mod key;
mod pieces;
mod received;

use std::path::Path;
use std::time::Duration;

use crate::domain::{ImageFormat, PhotoId, UploadId};
use crate::store::StoreResult;

pub use blob::Blob;
use bucket::Bucket;
pub use bucket::BucketPlace;
#[cfg(test)]
pub(in crate::store) use bucket::testing::TestBucket;
pub(in crate::store) use folder::{Folder, at, move_durably, remove, sync_folder};
pub use key::{BlobKey, DownloadName};
pub use pieces::UploadFile;
pub use received::{Incoming, Received};

/// What the names in a data folder begin with.
pub const DATA_FOLDER_ENTRIES: [&str; 11] = [
    "fotota.db",
    "lock",
    "server.",
    "incoming",
    "uploads",
    "originals",
    "derived",
    "selfies",
    "drive",
    "secrets",
    "models",
];

/// The folders that hold blobs, downloads of Drive included.
pub(in crate::store) const BLOB_FOLDERS: [&str; 5] = ["originals", "derived", "selfies", "drive", "uploads"];

/// All blobs, of a data folder or of a bucket.
#[derive(Debug)]
pub struct Blobs {
    folder: Folder,
    /// In place of the folder, for all but what is downloaded from Google Drive for a while.
    bucket: Option<Bucket>,
}

impl Blobs {
    /// Those of a data folder, or of a bucket.
    pub(in crate::store) fn create(root: &Path, bucket: Option<BucketPlace<'_>>) -> StoreResult<Self> {
        let bucket = bucket.map(Bucket::at).transpose()?;
        Ok(Self { folder: Folder::create(root)?, bucket })
    }

    /// The same to look at, of a data folder that is not opened.
    pub fn look(root: &Path, bucket: Option<BucketPlace<'_>>) -> StoreResult<Self> {
        let bucket = bucket.map(Bucket::at).transpose()?;
        Ok(Self { folder: Folder::of(root), bucket })
    }

    /// The data folder itself: what is there belongs to this computer.
    pub(in crate::store) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Whether they are in a bucket, which other computers write to.
    pub(in crate::store) fn are_in_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    /// Where they are, as errors say it.
    pub(in crate::store) fn place(&self) -> String {
        self.bucket.as_ref().map_or_else(|| self.folder.root().display().to_string(), Bucket::name)
    }

    fn bucket_of(&self, key: &BlobKey) -> Option<&Bucket> {
        self.bucket.as_ref().filter(|_| !matches!(key, BlobKey::DriveDownload(_)))
    }

    /// An error if they are in a bucket that does not answer: what could not be read then says nothing about a blob.
    pub fn probe(&self) -> StoreResult<()> {
        self.bucket.as_ref().map_or(Ok(()), Bucket::probe)
    }

    /// Opens a blob; `None` if there is none. An original is found wherever it is: it is recorded before
    /// [`Blobs::promote`] moves it.
    pub fn open(&self, key: &BlobKey) -> StoreResult<Option<Blob>> {
        match self.bucket_of(key) {
            Some(bucket) => Ok(bucket.open(key)?.map(Blob::of_objects)),
            None => Ok(self.folder.open(key)?.map(Blob::of_file)),
        }
    }

    /// All bytes of a blob; `None` if there is none.
    pub fn read(&self, key: &BlobKey) -> StoreResult<Option<Vec<u8>>> {
        match self.bucket_of(key) {
            Some(bucket) => bucket.read(key),
            None => self.folder.read(key),
        }
    }

    /// The first bytes of a blob, at most `limit`; `None` if there is none.
    pub fn read_head(&self, key: &BlobKey, limit: usize) -> StoreResult<Option<Vec<u8>>> {
        match self.bucket_of(key) {
            Some(bucket) => bucket.read_head(key, limit),
            None => self.folder.read_head(key, limit),
        }
    }

    /// Size of a blob in bytes; `None` if there is none.
    pub fn size(&self, key: &BlobKey) -> StoreResult<Option<u64>> {
        match self.bucket_of(key) {
            Some(bucket) => bucket.size(key),
            None => self.folder.size(key),
        }
    }

    /// An address of a blob in a bucket that anybody can use for a while; `None` if browsers are to ask FotoTa.
    pub fn address(&self, key: &BlobKey, good_for: Duration) -> StoreResult<Option<String>> {
        self.bucket_of(key).map_or(Ok(None), |bucket| bucket.address(key, good_for))
    }

    /// The sizes of many blobs, in order. Of an upload in pieces in a bucket there is none.
    pub fn sizes(&self, keys: &[BlobKey]) -> StoreResult<Vec<Option<u64>>> {
        match &self.bucket {
            Some(bucket) => bucket.sizes(keys),
            None => keys.iter().map(|key| self.folder.size(key)).collect(),
        }
    }

    /// Stores a blob, whole or not at all, for good. On an error what was there before stays.
    ///
    /// A bucket's blob without a row stays forever, so the row comes first, or
    /// [`Store::put_first`](crate::store::Store::put_first) stores the blob.
    pub fn put(&self, key: &BlobKey, bytes: &[u8]) -> StoreResult<()> {
        match self.bucket_of(key) {
            Some(bucket) => bucket.put(key, bytes),
            None => self.folder.put(key, bytes),
        }
    }

    /// All blobs in a folder; other files there are skipped.
    pub(in crate::store) fn list(&self, folder: &str) -> StoreResult<Vec<BlobKey>> {
        match &self.bucket {
            Some(bucket) => bucket.list(folder),
            None => self.folder.list(folder),
        }
    }

    /// Deletes a blob; it is no error if there is none. After a power failure it may be there again.
    pub fn delete(&self, key: &BlobKey) -> StoreResult<()> {
        match self.bucket_of(key) {
            Some(bucket) => bucket.delete(std::slice::from_ref(key)),
            None => self.folder.delete(key),
        }
    }

    /// The same with several, none of which comes back after a power failure.
    pub fn delete_durably(&self, keys: &[BlobKey]) -> StoreResult<()> {
        match &self.bucket {
            Some(bucket) => bucket.delete(keys),
            None => self.folder.delete_durably(keys),
        }
    }

    /// The same with all blobs of a photo.
    pub(crate) fn delete_photo(&self, id: PhotoId, format: ImageFormat) -> StoreResult<()> {
        self.delete_durably(&BlobKey::of_photo(id, format))
    }

    /// Deletes what can be deleted now, and returns it. None of that comes back after a power failure.
    pub(in crate::store) fn delete_all(&self, mut keys: Vec<BlobKey>) -> Vec<BlobKey> {
        let Some(bucket) = &self.bucket else { return self.folder.delete_all(keys) };
        let mut here =
            self.folder.delete_all(keys.extract_if(.., |key| self.bucket_of(key).is_none()).collect());
        here.extend(bucket.delete_all(keys));
        here
    }

    /// Starts to receive a photo. Until its row is committed its bytes belong to nothing: call [`Blobs::discard`] if it
    /// is rejected.
    pub(in crate::store) fn receive(&self, id: PhotoId, format: ImageFormat) -> StoreResult<Incoming> {
        match &self.bucket {
            Some(bucket) => Ok(Incoming::into_bucket(bucket.receive(&BlobKey::Original(id, format)))),
            None => self.folder.receive(id).map(Incoming::into_file),
        }
    }

    /// Deletes a received photo that was rejected.
    pub fn discard(&self, id: PhotoId, format: ImageFormat) {
        // What remains is deleted at the next start, or when its reservation ends.
        match &self.bucket {
            Some(bucket) => drop(bucket.delete(&[BlobKey::Original(id, format)])),
            None => self.folder.discard(id),
        }
    }

    /// Puts a received photo in place of a known one with the same bytes, which may have been lost.
    pub fn replace_received(
        &self,
        received: PhotoId,
        known: PhotoId,
        format: ImageFormat,
    ) -> StoreResult<()> {
        match &self.bucket {
            Some(bucket) => {
                bucket.rename(&BlobKey::Original(received, format), &BlobKey::Original(known, format))
            }
            None => self.folder.replace_received(received, known),
        }
    }

    /// Moves a recorded photo to its place; does nothing if it is there already, fails if it is in neither place.
    pub fn promote(&self, id: PhotoId, format: ImageFormat) -> StoreResult<()> {
        if self.bucket.is_some() { Ok(()) } else { self.folder.promote(id, format) }
    }

    /// Opens an upload at its end; creates it if there is none.
    pub fn append_upload(&self, id: UploadId) -> StoreResult<UploadFile> {
        match &self.bucket {
            Some(bucket) => bucket.append_upload(id).map(UploadFile::in_bucket),
            None => self.folder.append_upload(id).map(UploadFile::of_file),
        }
    }

    /// Makes a whole upload a received photo too. The upload stays as it is until the photo's row is committed. Call
    /// [`Blobs::discard`] if the photo is rejected.
    pub(in crate::store) fn receive_upload(
        &self,
        id: UploadId,
        photo: PhotoId,
        format: ImageFormat,
    ) -> StoreResult<Received> {
        match &self.bucket {
            Some(bucket) => bucket.receive_upload(id, &BlobKey::Original(photo, format)),
            None => self.folder.receive_upload(id, photo),
        }
    }

    /// A file beside the blobs, which all processes share; `None` if it was never written.
    pub(in crate::store) fn read_secret(&self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        match &self.bucket {
            Some(bucket) => bucket.read_secret(name),
            None => self.folder.read_secret(name),
        }
    }

    /// Writes one. Unless it replaces, the file stays that another process has written.
    pub(in crate::store) fn write_secret(&self, name: &str, bytes: &[u8], replace: bool) -> StoreResult<()> {
        match &self.bucket {
            Some(bucket) => bucket.write_secret(name, bytes, replace),
            None => self.folder.write_secret(name, bytes, replace),
        }
    }
}
