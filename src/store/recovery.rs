//! Clean-up after a process that was killed, while no other process has the data folder open: leases end, and blobs
//! without a row are deleted.

use rusqlite::Connection;

use crate::domain::ImageFormat;
use crate::store::blobs::BLOB_FOLDERS;
use crate::store::sql::in_transaction;
use crate::store::tables::{drive, jobs, photos, purges, selfies, uploads};
use crate::store::{BlobKey, Blobs, StoreResult};

pub(super) fn recover(connection: &mut Connection, blobs: &Blobs) -> StoreResult<()> {
    let (mut purge, photos, companions, selfies, uploads, (copies, downloads)) =
        in_transaction(connection, |db| {
            jobs::release_all(db)?;
            drive::queue::release_all(db)?;
            Ok((
                purges::list(db)?,
                photos::list_formats(db)?,
                photos::list_companions(db)?,
                selfies::list_ids(db)?,
                uploads::list_ids(db)?,
                drive::list_known(db)?,
            ))
        })?;
    blobs.sweep_incoming(&photos)?;
    let has_row = |key: &BlobKey| match key {
        BlobKey::Original(id, ImageFormat::Raw) if companions.contains(id) => true,
        BlobKey::Original(id, _) | BlobKey::Preview(id) | BlobKey::Thumbnail(id) => photos.contains_key(id),
        BlobKey::Selfie(id) => selfies.contains(id),
        BlobKey::Copy(id) => copies.contains(id),
        BlobKey::DriveDownload(name) => downloads.contains(name),
        BlobKey::Upload(id) => uploads.contains(id),
    };
    for folder in BLOB_FOLDERS {
        purge.extend(blobs.list(folder)?.into_iter().filter(|key| !has_row(key)));
    }
    let deleted = blobs.delete_all(purge);
    in_transaction(connection, |tx| purges::finish(tx, &deleted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageFormat, PhotoId, SelfieId, UploadId};
    use crate::store::testing::TestStore;

    #[test]
    fn blobs_of_known_photos_stay_and_all_others_are_deleted() {
        let store = TestStore::new();
        let event = store.add_event();
        let (waiting, promoted) = (store.receive(event, b"a"), store.receive(event, b"b"));
        store.blobs().promote(promoted, ImageFormat::Jpeg).unwrap();
        let orphan = PhotoId::random();
        let kept = [
            BlobKey::Original(promoted, ImageFormat::Jpeg),
            BlobKey::Preview(promoted),
            BlobKey::Thumbnail(promoted),
        ];
        let orphans = [
            BlobKey::Original(orphan, ImageFormat::Png),
            BlobKey::Thumbnail(orphan),
            BlobKey::Selfie(SelfieId::random()),
            BlobKey::Upload(UploadId::random()),
        ];
        for key in kept[1..].iter().chain(&orphans) {
            store.blobs().put(key, b"x").unwrap();
        }
        let incoming = store.folder().join("incoming");
        for name in [format!("{orphan}.part"), format!("{promoted}.part"), format!("{waiting}.put.part")] {
            std::fs::File::create(incoming.join(name)).unwrap();
        }
        let store = store.reopen();
        let waiting = BlobKey::Original(waiting, ImageFormat::Jpeg);
        for key in kept.iter().chain([&waiting]) {
            assert!(store.blobs().size(key).unwrap().is_some(), "{key}");
        }
        for key in &orphans {
            assert_eq!(store.blobs().size(key).unwrap(), None, "{key}");
        }
        assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 1);
    }
}
