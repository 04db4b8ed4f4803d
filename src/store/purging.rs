//! Blobs without rows: their deletion, and those that are stored before their rows.

use std::time::Duration;

use super::tables::purges;
use super::{BlobKey, Incoming, Received, Store, StoreResult, before_upgrade};
use crate::domain::{Clock as _, ImageFormat, PhotoId, SystemClock, Timestamp, UploadId};

/// A row comes within this time, or its blob in a bucket goes: an upload takes minutes.
const RESERVED_FOR: Duration = Duration::from_hours(24);
/// A process on another computer that has not noticed a deletion may write for so long.
const AGAIN_AFTER: Duration = Duration::from_hours(1);

impl Store {
    /// Deletes the blobs of photos, selfies, copies and uploads whose rows are gone. A blob that cannot be deleted now
    /// is tried again by the next call, and does not keep the others from being deleted.
    pub fn purge_blobs(&self) -> StoreResult<()> {
        self.purge_blobs_at(SystemClock.now())
    }

    fn purge_blobs_at(&self, now: Timestamp) -> StoreResult<()> {
        let keys = self.read(|db| purges::list(db, now))?;
        let deleted = self.blobs().delete_all(keys);
        before_upgrade::forget_with(&deleted, &self.0.folder)?;
        let again_at = self.blobs().are_in_bucket().then(|| now.plus(AGAIN_AFTER));
        self.write(move |tx| purges::finish(tx, &deleted, again_at))?;
        self.sign_erasures()
    }

    /// Starts to receive a photo. Until its row is committed its bytes belong to nothing: call
    /// [`Blobs::discard`](super::Blobs::discard) if it is rejected.
    pub fn receive_photo(&self, id: PhotoId, format: ImageFormat) -> StoreResult<Incoming> {
        self.reserve(&BlobKey::Original(id, format))?;
        self.blobs().receive(id, format)
    }

    /// Makes a whole upload a received photo too. The upload stays as it is until the photo's row is committed. Call
    /// [`Blobs::discard`](super::Blobs::discard) if the photo is rejected.
    pub fn receive_upload(&self, id: UploadId, photo: PhotoId, format: ImageFormat) -> StoreResult<Received> {
        self.reserve(&BlobKey::Original(photo, format))?;
        self.blobs().receive_upload(id, photo, format)
    }

    /// Stores a blob whose row comes afterwards.
    pub fn put_first(&self, key: &BlobKey, bytes: &[u8]) -> StoreResult<()> {
        self.reserve(key)?;
        self.blobs().put(key, bytes)
    }

    /// In a data folder the next start finds blobs without rows. A bucket is too large for that, and others use it.
    fn reserve(&self, key: &BlobKey) -> StoreResult<()> {
        if !self.blobs().are_in_bucket() {
            return Ok(());
        }
        let (key, end) = (key.clone(), SystemClock.now().plus(RESERVED_FOR));
        self.write(move |db| purges::reserve(db, &key, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Destination, DriveMatchId, ErasureReason, SelfieId};
    use crate::intake::{Accepted, accept};
    use crate::store::testing::{NOW, TestStore};
    use crate::store::{Blobs, Store, erasing};

    fn later(than: Duration) -> Timestamp {
        SystemClock.now().plus(than).plus(Duration::from_secs(1))
    }

    fn has(blobs: &Blobs, key: &BlobKey) -> bool {
        blobs.size(key).unwrap().is_some()
    }

    #[test]
    fn a_bucket_s_blob_whose_row_never_comes_goes_and_others_stay() {
        let store = TestStore::in_bucket();
        let event = store.add_event();
        let photo = store.receive(event, b"kept");
        let kept = BlobKey::Original(photo, ImageFormat::Jpeg);
        let (selfie, copy) = (BlobKey::Selfie(SelfieId::random()), BlobKey::Copy(DriveMatchId::random()));
        let lost = BlobKey::Original(PhotoId::random(), ImageFormat::Png);
        for key in [&selfie, &copy, &lost] {
            store.put_first(key, b"x").unwrap();
        }
        store.purge_blobs().unwrap();
        let nameless = || store.read(|db| Store::list_nameless(db, store.blobs())).unwrap();
        assert_eq!(nameless(), [], "their rows may come");
        assert!([&kept, &selfie, &copy, &lost].iter().all(|key| has(store.blobs(), key)));
        store.purge_blobs_at(later(RESERVED_FOR)).unwrap();
        assert!(has(store.blobs(), &kept));
        assert!([&selfie, &copy, &lost].iter().all(|key| !has(store.blobs(), key)));
        let left = store.read(|db| db.value::<u64>("select count(*) from reservation", ())).unwrap();
        assert_eq!(left, 0);
    }

    #[test]
    fn what_is_written_to_a_bucket_after_its_deletion_is_deleted_again() {
        let store = TestStore::in_bucket();
        let event = store.add_event();
        let photo = store.receive(event, b"a");
        let (original, preview) = (BlobKey::Original(photo, ImageFormat::Jpeg), BlobKey::Preview(photo));
        let now = SystemClock.now();
        assert!(store.write(move |db| erasing::event(db, event, ErasureReason::Owner, now)).unwrap());
        store.purge_blobs().unwrap();
        assert!(!has(store.blobs(), &original));
        // A worker of another computer that has not noticed.
        store.blobs().put(&preview, b"late").unwrap();
        store.purge_blobs().unwrap();
        assert!(has(store.blobs(), &preview), "not yet");
        let is_signed = || store.record().unwrap().entries[0].signature.is_some();
        assert!(!is_signed());
        store.purge_blobs_at(later(AGAIN_AFTER)).unwrap();
        assert!(!has(store.blobs(), &preview) && is_signed());
        assert!(store.read(|db| purges::list(db, later(AGAIN_AFTER * 3))).unwrap().is_empty());
    }

    #[test]
    fn what_comes_back_after_its_deletion_is_not_deleted_again() {
        let store = TestStore::in_bucket();
        let preview = BlobKey::Preview(PhotoId::random());
        let put = || store.blobs().put(&preview, b"x").unwrap();
        put();
        let key = preview.clone();
        store.write(move |db| purges::record(db, [key.clone()])).unwrap();
        store.purge_blobs().unwrap();
        assert!(!has(store.blobs(), &preview));
        // As an event that is brought once more does.
        put();
        let key = preview.clone();
        store.write(move |db| purges::keep(db, &key)).unwrap();
        store.purge_blobs_at(later(AGAIN_AFTER)).unwrap();
        assert!(has(store.blobs(), &preview));
    }

    #[test]
    fn two_nodes_share_a_bucket_its_secrets_and_its_uploads() {
        let store = TestStore::in_bucket();
        let other = store.open_again();
        let name = crate::store::SecretName::Access;
        assert_eq!(store.secret(name).unwrap(), other.secret(name).unwrap());
        let event = store.add_event();
        let bytes = b"\xFF\xD8\xFF\xE0 photo".as_slice();
        let to = Destination::of_owner(event);
        let Ok(Accepted::New(photo)) = accept(&store, to.clone(), "a.jpg", bytes, 100, NOW) else { panic!() };
        let Ok(Accepted::Known(known)) = accept(&other, to, "b.jpg", bytes, 100, NOW) else { panic!() };
        assert_eq!(known, photo);
        let key = BlobKey::Original(photo, ImageFormat::Jpeg);
        assert_eq!(other.blobs().read(&key).unwrap().unwrap(), bytes);
        assert_eq!(store.blobs().list("originals").unwrap(), [key], "the second was discarded");
        let id = UploadId::random();
        for (node, piece) in [(&*store, b"one "), (&other, b"two ")] {
            let mut upload = node.blobs().append_upload(id).unwrap();
            upload.write(piece).unwrap();
            upload.sync().unwrap();
        }
        assert_eq!(store.blobs().read_head(&BlobKey::Upload(id), 100).unwrap().unwrap(), b"one two ");
    }
}
