//! Faces, and the search for those most similar to one.

mod people;

use crate::domain::{Embedding, EventId, Face, FaceBox, FaceId, Photo, PhotoId, PixelSize};
use crate::store::sql::sqlite::vectors;
use crate::store::sql::{FromRow, Reader, Row, Writer, as_recorded};
use crate::store::{PackId, StoreResult};

pub use people::{StoredFace, find, list_in_photo};

/// Which faces a search compares.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Faces of this event alone.
    pub event_id: EventId,
    /// Embeddings of this pack alone.
    pub pack_id: PackId,
    /// Cosine similarity, inclusive.
    pub min_similarity: f32,
    /// Whether photos count that the owner has hidden.
    pub with_hidden: bool,
}

/// A face that is similar enough.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The photo it is in.
    pub photo: Photo,
    /// In the upright photo, in its pixels.
    pub bounds: FaceBox,
    /// Cosine similarity.
    pub similarity: f32,
}

/// Replaces the faces of a photo, and their vectors.
pub(in crate::store) fn replace(
    db: &Writer,
    photo: &Photo,
    pack_id: PackId,
    size: PixelSize,
    faces: &[Face],
) -> StoreResult<()> {
    vectors::delete_photo(db, photo.id)?;
    db.execute("delete from face where photo_id = ?1", [photo.id])?;
    faces.iter().try_for_each(|face| insert(db, photo, pack_id, size, face))
}

fn insert(db: &Writer, photo: &Photo, pack_id: PackId, size: PixelSize, face: &Face) -> StoreResult<()> {
    let id = FaceId::random();
    let bounds = face.detection.bounds.clipped(size.width as f32, size.height as f32);
    db.execute(
        "insert into face (id, photo_id, event_id, pack_id, x, y, w, h, score, size_px, sharpness, yaw, embedding)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        (
            id,
            photo.id,
            photo.event_id,
            pack_id,
            bounds.x,
            bounds.y,
            bounds.w,
            bounds.h,
            face.detection.score,
            face.quality.size_px,
            face.quality.sharpness,
            face.quality.yaw,
            &face.embedding,
        ),
    )?;
    // The index holds exactly what a rebuild from the record would put there.
    vectors::insert(db, pack_id, id, photo.event_id, &as_recorded(&face.embedding)?)
}

/// All faces within `scope` that are similar enough to `query`, in no order.
///
/// Exact: the index only proposes, and if it reaches its limit every face of the event is compared instead.
pub fn list_neighbours(db: &Reader, scope: Scope, query: &Embedding) -> StoreResult<Vec<Neighbour>> {
    let (mut found, mut candidates) = (Vec::new(), 0);
    // The index may round differently: it proposes a little more, the similarity decides.
    let place = (scope.pack_id, scope.event_id);
    vectors::nearest(db, place, query, scope.min_similarity - 1e-3, |face: Candidate| {
        candidates += 1;
        found.extend(face.compare(scope, query));
        Ok(())
    })?;
    if candidates < vectors::MAX_NEIGHBOURS { Ok(found) } else { by_scan(db, scope, query) }
}

fn by_scan(db: &Reader, scope: Scope, query: &Embedding) -> StoreResult<Vec<Neighbour>> {
    let mut found = Vec::new();
    db.each(
        "select photo.*, face.x, face.y, face.w, face.h, face.embedding
         from face join photo on photo.id = face.photo_id
         where face.event_id = ?1 and face.pack_id = ?2",
        (scope.event_id, scope.pack_id),
        |face: Candidate| {
            found.extend(face.compare(scope, query));
            Ok(())
        },
    )?;
    Ok(found)
}

/// A face before its exact similarity is known.
struct Candidate {
    photo: Photo,
    bounds: FaceBox,
    embedding: Embedding,
}

impl FromRow for Candidate {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            photo: Photo::from_row(row)?,
            bounds: FaceBox::from_row(row)?,
            embedding: row.get("embedding")?,
        })
    }
}

impl Candidate {
    /// `None` if it is not similar enough, or hidden from the search.
    fn compare(self, scope: Scope, query: &Embedding) -> Option<Neighbour> {
        let similarity = self.embedding.similarity(query);
        let found = similarity >= scope.min_similarity && (scope.with_hidden || self.photo.visible);
        found.then_some(Neighbour { photo: self.photo, bounds: self.bounds, similarity })
    }
}

/// How many faces these photos have.
pub fn count_in_photos(db: &Reader, photo_ids: impl IntoIterator<Item = PhotoId>) -> StoreResult<u64> {
    photo_ids.into_iter().try_fold(0, |total, id| {
        Ok(total + db.value::<u64>("select count(*) from face where photo_id = ?1", [id])?)
    })
}

/// All faces of an event: the photo's name and the box in its pixels.
pub fn list_boxes(db: &Reader, event_id: EventId) -> StoreResult<Vec<(String, FaceBox)>> {
    let mut boxes = Vec::new();
    db.each(
        "select photo.file_name, face.x, face.y, face.w, face.h
         from face join photo on photo.id = face.photo_id
         where face.event_id = ?1
         order by photo.file_name, face.x, face.y",
        [event_id],
        |(name, x, y, w, h)| {
            boxes.push((name, FaceBox { x, y, w, h }));
            Ok(())
        },
    )?;
    Ok(boxes)
}

#[cfg(test)]
mod tests;
