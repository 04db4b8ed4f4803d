//! The faces of an event as a search reads them: all, those of new photos, a sample, the most similar ones.

use crate::domain::{Embedding, EventId, FaceBox, FaceId, Photo, PhotoId};
use crate::store::sql::vectors;
use crate::store::sql::{FromRow, Reader, Row, from_row};
use crate::store::{PackId, StoreResult};

/// A face of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFace {
    /// Its id.
    pub id: FaceId,
    /// The photo it is in.
    pub photo_id: PhotoId,
    /// As recorded.
    pub embedding: Embedding,
}

from_row!(EventFace { id: "id", photo_id: "photo_id", embedding: "embedding" });

/// A face with its photo.
#[derive(Clone, Debug)]
pub struct FaceInPhoto {
    /// Its id.
    pub id: FaceId,
    /// The photo it is in.
    pub photo: Photo,
    /// In the upright photo, in its pixels.
    pub bounds: FaceBox,
}

impl FromRow for FaceInPhoto {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self { id: row.get("face_id")?, photo: Photo::from_row(row)?, bounds: FaceBox::from_row(row)? })
    }
}

/// How many faces of an event a pack recognised.
pub fn count(db: &Reader, event: EventId, pack: PackId) -> StoreResult<usize> {
    db.value("select count(*) from face where event_id = ?1 and pack_id = ?2", (event, pack))
}

/// Whether a pack recognised any.
pub fn exist(db: &Reader, event: EventId, pack: PackId) -> StoreResult<bool> {
    db.value("select exists (select 1 from face where event_id = ?1 and pack_id = ?2)", (event, pack))
}

/// Their ids.
pub fn list_ids(db: &Reader, event: EventId, pack: PackId) -> StoreResult<Vec<FaceId>> {
    db.all("select id from face where event_id = ?1 and pack_id = ?2", (event, pack))
}

/// The same, smallest first.
pub fn list_by_size(db: &Reader, event: EventId, pack: PackId) -> StoreResult<Vec<FaceId>> {
    db.all("select id from face where event_id = ?1 and pack_id = ?2 order by size_px, id", (event, pack))
}

/// Visits the faces of the photos that became searchable after number `since`.
pub fn each_since(
    db: &Reader,
    event: EventId,
    pack: PackId,
    since: u64,
    visit: impl FnMut(EventFace) -> StoreResult<()>,
) -> StoreResult<()> {
    if since == 0 {
        let sql = "select id, photo_id, embedding from face where event_id = ?1 and pack_id = ?2";
        return db.each(sql, (event, pack), visit);
    }
    db.each(
        "select face.id, face.photo_id, face.embedding
         from photo join face on face.photo_id = photo.id
         where photo.event_id = ?1 and photo.indexed_sequence > ?3 and face.pack_id = ?2",
        (event, pack, since),
        visit,
    )
}

/// These faces, as far as they are of the event.
pub fn find_all(db: &Reader, event: EventId, ids: &[FaceId]) -> StoreResult<Vec<EventFace>> {
    let sql = "select id, photo_id, embedding from face where id = ?1 and event_id = ?2";
    let found = ids.iter().map(|id| db.one(sql, (*id, event)));
    Ok(found.collect::<StoreResult<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The same, with their photos.
pub fn find_in_photos(db: &Reader, event: EventId, ids: &[FaceId]) -> StoreResult<Vec<FaceInPhoto>> {
    let sql = "select photo.*, face.id as face_id, face.x, face.y, face.w, face.h
               from face join photo on photo.id = face.photo_id
               where face.id = ?1 and face.event_id = ?2";
    let found = ids.iter().map(|id| db.one(sql, (*id, event)));
    Ok(found.collect::<StoreResult<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Some of the faces, chosen at random but always the same ones: ids are random.
pub fn sample(db: &Reader, event: EventId, pack: PackId, limit: usize) -> StoreResult<Vec<Embedding>> {
    db.all(
        "select embedding from face where event_id = ?1 and pack_id = ?2 order by id limit ?3",
        (event, pack, limit),
    )
}

/// The faces that the vector index finds most similar to `query`, at most `limit`, in no order.
pub fn nearest(
    db: &Reader,
    event: EventId,
    pack: PackId,
    query: &Embedding,
    limit: usize,
) -> StoreResult<Vec<FaceId>> {
    vectors::nearest(db, (pack, event), query, limit)
}
