//! Photos.

use std::collections::{HashMap, HashSet};

use crate::domain::{
    Capture, Companion, Digest, Event, ImageFormat, Photo, PhotoId, PhotoState, PixelSize, SourceId,
    natural_key,
};
use crate::store::sql::vectors;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::{events, purges, versions};
use crate::store::{BlobKey, StoreError, StoreResult};

/// The photo with this id.
pub fn find(db: &Reader, id: PhotoId) -> StoreResult<Option<Photo>> {
    db.one("select * from photo where id = ?1", [id])
}

/// The photo with this id, and its event, which says who may see it.
pub fn find_with_event(db: &Reader, id: PhotoId) -> StoreResult<Option<(Photo, Event)>> {
    let Some(photo) = find(db, id)? else { return Ok(None) };
    let event = events::find(db, photo.event_id)?;
    Ok(Some((photo, event.ok_or(StoreError::Corrupt { what: "photo without event" })?)))
}

/// Deletes a photo with its faces, vectors, job and favourites; `false` if it is gone already. Its blobs go with the
/// next purge.
pub fn delete(db: &Writer, id: PhotoId) -> StoreResult<bool> {
    if let Some(photo) = find(db, id)? {
        purges::record(db, BlobKey::of_photo(photo.file_id, photo.format))?;
        purges::record(db, versions::list_blobs(db, id)?)?;
        purges::record(
            db,
            photo.companion.map(|companion| BlobKey::Original(companion.id, ImageFormat::Raw)),
        )?;
    }
    vectors::delete_photo(db, id)?;
    Ok(db.execute("delete from photo where id = ?1", [id])? > 0)
}

/// The photos that a guest has sent, newest first.
pub fn list_sent(db: &Reader, sender: Digest) -> StoreResult<Vec<Photo>> {
    db.all("select * from photo where sender = ?1 order by sequence desc", [sender])
}

/// Gives a photo, or a raw file that belongs to one, another file name; only to one that this source has brought.
pub fn rename(db: &Writer, id: PhotoId, source: SourceId, file_name: &str) -> StoreResult<()> {
    db.run(
        "update photo set file_name = ?3, name_key = ?4 where id = ?1 and source_id = ?2",
        (id, source, file_name, natural_key(file_name)),
    )?;
    let sql = "update photo set companion_name = ?3 where companion_id = ?1 and source_id = ?2";
    db.run(sql, (id, source, file_name))
}

/// All files of all events' photos, with their formats.
pub(in crate::store) fn list_formats(db: &Reader) -> StoreResult<HashMap<PhotoId, ImageFormat>> {
    let sql =
        "select coalesce(file_id, id), format from photo union select file_id, format from photo_version";
    Ok(db.all(sql, ())?.into_iter().collect())
}

/// The numbers of the raw files of all photos.
pub(in crate::store) fn list_companions(db: &Reader) -> StoreResult<HashSet<PhotoId>> {
    Ok(db.all("select companion_id from photo where companion_id is not null", ())?.into_iter().collect())
}

/// Whether what was this photo is the raw file of another one now.
pub fn is_companion(db: &Reader, id: PhotoId) -> StoreResult<bool> {
    db.value("select exists (select 1 from photo where companion_id = ?1)", [id])
}

impl FromRow for Photo {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let size = |width: &str, height: &str| -> StoreResult<Option<PixelSize>> {
            let (width, height): (Option<u32>, Option<u32>) = (row.get(width)?, row.get(height)?);
            Ok(width.zip(height).map(|(width, height)| PixelSize { width, height }))
        };
        let (state, failure): (String, Option<String>) = (row.get("state")?, row.get("failure")?);
        let state = match (state.as_str(), failure) {
            ("pending", None) => PhotoState::Pending,
            ("indexed", None) => PhotoState::Indexed,
            ("failed", Some(reason)) => PhotoState::Failed(reason),
            _ => return Err(StoreError::Corrupt { what: "photo state" }),
        };
        let (companion, named): (Option<PhotoId>, Option<String>) =
            (row.get("companion_id")?, row.get("companion_name")?);
        let (id, file_id): (PhotoId, Option<PhotoId>) = (row.get("id")?, row.get("file_id")?);
        Ok(Self {
            id,
            file_id: file_id.unwrap_or(id),
            is_damaged: row.get("damaged")?,
            companion: companion.zip(named).map(|(id, file_name)| Companion { id, file_name }),
            event_id: row.get("event_id")?,
            file_name: row.get("file_name")?,
            digest: row.get("digest")?,
            format: row.get("format")?,
            size: size("width", "height")?,
            preview_size: size("preview_width", "preview_height")?,
            capture: Capture {
                taken_at: row.get("taken_at")?,
                time_source: row.get("time_source")?,
                camera: row.get("camera")?,
                camera_body: row.get("camera_body")?,
                orientation: row.get("orientation")?,
            },
            state,
            hidden: row.get("hidden")?,
            held: row.get("held")?,
            visible: row.get("visible")?,
            wall: row.get("wall")?,
            moment: row.get("moment_ms")?,
            source_id: row.get("source_id")?,
            credit: row.get("credit")?,
            sender: row.get("sender")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}
