//! The stored files of photos, as the database describes them: the one that is shown, other versions, raw files.

use crate::domain::{Digest, ImageFormat, PhotoId};
use crate::store::sql::{Reader, from_row};
use crate::store::{BlobKey, StoreResult};

/// A file of a photo.
#[derive(Clone, Debug)]
pub struct PhotoFile {
    /// Whose.
    pub photo_id: PhotoId,
    /// Name of the event.
    pub event_name: String,
    /// The number that its blobs have.
    pub file_id: PhotoId,
    /// File name as received, without folders.
    pub file_name: String,
    /// Image format.
    pub format: ImageFormat,
    /// Content hash.
    pub digest: Digest,
    /// File size in bytes, if it was recorded.
    pub size_bytes: Option<u64>,
    /// Whether it has a preview and a thumbnail.
    pub has_pictures: bool,
}

from_row!(PhotoFile {
    photo_id: "photo_id",
    event_name: "event_name",
    file_id: "file_id",
    file_name: "file_name",
    format: "format",
    digest: "digest",
    size_bytes: "size_bytes",
    has_pictures: "has_pictures",
});

impl PhotoFile {
    /// The file as it was received.
    #[must_use]
    pub fn original(&self) -> BlobKey {
        BlobKey::Original(self.file_id, self.format)
    }
}

/// The files of the next `limit` photos of all events after this one, by id.
pub fn list_after(db: &Reader, after: Option<PhotoId>, limit: usize) -> StoreResult<Vec<PhotoFile>> {
    list(db, after.map_or(0, PhotoId::as_i64), i64::MAX, limit)
}

/// The files of a photo; none if it is gone.
pub fn list_of(db: &Reader, photo: PhotoId) -> StoreResult<Vec<PhotoFile>> {
    list(db, photo.as_i64() - 1, photo.as_i64(), 1)
}

fn list(db: &Reader, after: i64, last: i64, limit: usize) -> StoreResult<Vec<PhotoFile>> {
    db.all(
        "with page as (
             select photo.*, event.name as event_name, coalesce(file_id, photo.id) as shown_id
             from photo join event on event.id = photo.event_id
             where photo.id > ?1 and photo.id <= ?2 order by photo.id limit ?3
         )
         select id as photo_id, event_name, shown_id as file_id, file_name, format, digest, size_bytes,
                state = 'indexed' as has_pictures
         from page
         union all
         select page.id, event_name, other.file_id, other.file_name, other.format, other.digest, other.size_bytes,
                other.width is not null
         from page join photo_version as other on other.photo_id = page.id
         where other.file_id <> shown_id
         union all
         select id, event_name, companion_id, companion_name, 'raw', companion_digest, null, false
         from page where companion_id is not null
         order by 1",
        (after, last, limit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    #[test]
    fn all_files_of_all_photos_are_listed_page_by_page() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let mut photos: Vec<PhotoId> = (0..5_u8)
            .map(|n| store.receive_named(if n < 3 { event } else { other }, &format!("{n}.jpg"), &[n]))
            .collect();
        photos.sort_unstable_by_key(|id| id.as_i64());
        let raw = PhotoId::random();
        let with_raw = photos[0];
        store
            .write(move |db| {
                db.run(
                    "update photo set companion_id = ?2, companion_name = 'a.nef', companion_digest = digest
                     where id = ?1",
                    (with_raw, raw),
                )
            })
            .unwrap();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store.read(|db| list_after(db, after, 2)).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.photo_id);
            found.extend(page.into_iter().map(|file| (file.photo_id, file.original(), file.size_bytes)));
        }
        let mut expected: Vec<_> =
            photos.iter().map(|id| (*id, BlobKey::Original(*id, ImageFormat::Jpeg), Some(5))).collect();
        expected.insert(1, (with_raw, BlobKey::Original(raw, ImageFormat::Raw), None));
        // Those of one photo are in no order.
        if found[0].2.is_none() {
            found.swap(0, 1);
        }
        assert_eq!(found, expected);
        assert_eq!(store.read(|db| list_of(db, with_raw)).unwrap().len(), 2);
        assert!(store.read(|db| list_of(db, PhotoId::random())).unwrap().is_empty());
    }
}
