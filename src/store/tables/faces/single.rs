//! Single faces: those of one photo, and one by its id.

use crate::domain::{Embedding, Event, EventId, FaceBox, FaceId, Photo, PhotoId};
use crate::store::sql::{FromRow, Reader, Row};
use crate::store::tables::photos;
use crate::store::{PackId, StoreResult};

/// A stored face.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFace {
    /// Public number.
    pub id: FaceId,
    /// The photo it is in.
    pub photo_id: PhotoId,
    /// In the upright photo, in its pixels.
    pub bounds: FaceBox,
    /// The pack that recognised it.
    pub pack_id: PackId,
    /// Made by that pack.
    pub embedding: Embedding,
}

/// The faces of a photo, from left to right.
pub fn list_in_photo(db: &Reader, id: PhotoId) -> StoreResult<Vec<StoredFace>> {
    db.all("select * from face where photo_id = ?1 order by x, y, id", [id])
}

/// A face of an event.
pub fn find(db: &Reader, event_id: EventId, id: FaceId) -> StoreResult<Option<StoredFace>> {
    db.one("select * from face where id = ?1 and event_id = ?2", (id, event_id))
}

/// The same, if guests may see the photo it is in.
pub fn find_visible(db: &Reader, event_id: EventId, id: FaceId) -> StoreResult<Option<StoredFace>> {
    db.one(
        "select face.* from face join visible_photo photo on photo.id = face.photo_id
         where face.id = ?1 and face.event_id = ?2",
        (id, event_id),
    )
}

/// The box of a face, with the photo and the event it is in.
pub fn find_with_photo(db: &Reader, id: FaceId) -> StoreResult<Option<(FaceBox, Photo, Event)>> {
    let Some(face) = db.one::<StoredFace>("select * from face where id = ?1", [id])? else { return Ok(None) };
    let found = photos::find_with_event(db, face.photo_id)?;
    Ok(found.map(|(photo, event)| (face.bounds, photo, event)))
}

impl FromRow for StoredFace {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            photo_id: row.get("photo_id")?,
            bounds: FaceBox::from_row(row)?,
            pack_id: row.get("pack_id")?,
            embedding: row.get("embedding")?,
        })
    }
}
