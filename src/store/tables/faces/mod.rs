//! Faces: those of a photo, those of an event, and the most similar ones by the vector index.

mod event;
mod single;

use crate::domain::{EventId, Face, FaceBox, FaceId, Photo, PhotoId, PixelSize, Quality};
use crate::store::sql::vectors;
use crate::store::sql::{FromRow, Reader, Row, Writer, as_recorded};
use crate::store::{PackId, StoreResult};

pub use event::{
    EventFace, FaceInPhoto, count, each_since, exist, find_all, find_in_photos, list_by_size, list_ids,
    nearest, sample,
};
pub use single::{StoredFace, find, find_visible, find_with_photo, list_in_photo};

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

/// How many faces these photos have.
pub fn count_in_photos(db: &Reader, photo_ids: impl IntoIterator<Item = PhotoId>) -> StoreResult<u64> {
    photo_ids.into_iter().try_fold(0, |total, id| {
        Ok(total + db.value::<u64>("select count(*) from face where photo_id = ?1", [id])?)
    })
}

/// A face with its quality.
#[derive(Clone, Debug)]
pub struct MeasuredFace {
    /// Its id.
    pub id: FaceId,
    /// Name of the photo it is in.
    pub file_name: String,
    /// In the upright photo, in its pixels.
    pub bounds: FaceBox,
    /// How well it can be recognised.
    pub quality: Quality,
}

impl FromRow for MeasuredFace {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let (size_px, sharpness, yaw) = (row.get("size_px")?, row.get("sharpness")?, row.get("yaw")?);
        Ok(Self {
            id: row.get("id")?,
            file_name: row.get("file_name")?,
            bounds: FaceBox::from_row(row)?,
            quality: Quality { size_px, sharpness, yaw },
        })
    }
}

/// All faces of an event, by photo.
pub fn list_measured(db: &Reader, event_id: EventId) -> StoreResult<Vec<MeasuredFace>> {
    db.all(
        "select face.*, photo.file_name from face join photo on photo.id = face.photo_id
         where face.event_id = ?1 order by photo.file_name, face.x, face.y",
        [event_id],
    )
}

#[cfg(test)]
mod tests;
