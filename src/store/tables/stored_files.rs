//! The blobs that rows name, with the photos and events that they belong to: what a backup copies.

use std::sync::Arc;

use crate::domain::{Digest, ImageFormat, PhotoId};
use crate::store::sql::Reader;
use crate::store::tables::{drive, selfies};
use crate::store::{BlobKey, StoreResult};

/// A photo as people know it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PhotoName {
    /// File name as received.
    pub file_name: String,
    /// Name of its event.
    pub event: String,
}

/// A blob that a row names.
#[derive(Clone, Debug)]
pub(in crate::store) struct StoredFile {
    pub(in crate::store) key: BlobKey,
    /// Of the bytes, where the row has it.
    pub(in crate::store) digest: Option<Digest>,
    pub(in crate::store) photo: Option<Arc<PhotoName>>,
    /// Whether it is lost if it is not there. Photos that are not indexed have no preview yet.
    pub(in crate::store) is_required: bool,
}

/// The blobs of photos, selfies and copies. Downloads and unfinished uploads come again if they must.
pub(in crate::store) fn list(db: &Reader) -> StoreResult<Vec<StoredFile>> {
    let mut files = Vec::new();
    let mut add = |key, digest, photo: Option<&Arc<PhotoName>>, is_required| {
        files.push(StoredFile { key, digest, photo: photo.cloned(), is_required });
    };
    let photos =
        "select coalesce(file_id, photo.id), format, digest, file_name, event.name, state = 'indexed'
                  from photo join event on event.id = event_id
                  union all
                  select version.file_id, version.format, version.digest, version.file_name, event.name, false
                  from photo_version as version join photo on photo.id = version.photo_id
                  join event on event.id = photo.event_id
                  where version.file_id <> coalesce(photo.file_id, photo.id)";
    db.each(photos, (), |row: (PhotoId, ImageFormat, Digest, String, String, bool)| {
        let (id, format, digest, file_name, event, is_indexed) = row;
        let photo = Arc::new(PhotoName { file_name, event });
        let [original, preview, thumbnail] = BlobKey::of_photo(id, format);
        add(original, Some(digest), Some(&photo), true);
        add(preview, None, Some(&photo), is_indexed);
        add(thumbnail, None, Some(&photo), is_indexed);
        Ok(())
    })?;
    let companions = "select companion_id, companion_digest, coalesce(companion_name, ''), event.name
                      from photo join event on event.id = event_id where companion_id is not null";
    db.each(companions, (), |row: (PhotoId, Option<Digest>, String, String)| {
        let (id, digest, file_name, event) = row;
        let photo = Arc::new(PhotoName { file_name, event });
        add(BlobKey::Original(id, ImageFormat::Raw), digest, Some(&photo), true);
        Ok(())
    })?;
    for id in selfies::list_ids(db)? {
        add(BlobKey::Selfie(id), None, None, true);
    }
    for id in drive::list_known(db)?.0 {
        add(BlobKey::Copy(id), None, None, true);
    }
    Ok(files)
}

/// How many events and photos there are.
pub(in crate::store) fn count(db: &Reader) -> StoreResult<(u64, u64)> {
    db.value("select (select count(*) from event), (select count(*) from photo)", ())
}
