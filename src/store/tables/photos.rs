//! Photos.

use std::collections::HashMap;

use crate::domain::{
    Capture, Event, EventId, ImageFormat, NewPhoto, Photo, PhotoId, PhotoState, PixelSize, Timestamp,
};
use crate::store::sql::sqlite::vectors;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::{events, jobs, purges};
use crate::store::{BlobKey, StoreError};

/// What a received photo turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// New in the event; a job will index it.
    New,
    /// The event already has these bytes, as this photo.
    Known(PhotoId),
    /// The same, but that photo had failed: it is tried again with these bytes.
    Again(PhotoId),
}

/// Records a received photo and its job, unless the event already has the same bytes; an error if the event is closed
/// or gone.
pub fn record(db: &Writer, photo: &NewPhoto, now: Timestamp) -> Result<Recorded, StoreError> {
    events::check_open_by_id(db, photo.event_id)?;
    let known: Option<(PhotoId, bool)> = db.one(
        "select id, state = 'failed' from photo where event_id = ?1 and digest = ?2",
        (photo.event_id, photo.digest),
    )?;
    if let Some((id, failed)) = known {
        if failed {
            db.execute("update photo set state = 'pending', failure = null where id = ?1", [id])?;
            jobs::insert(db, id)?;
            return Ok(Recorded::Again(id));
        }
        return Ok(Recorded::Known(id));
    }
    db.execute("update event set photos_recorded = photos_recorded + 1 where id = ?1", [photo.event_id])?;
    db.execute(
        "insert into photo (id, event_id, file_name, digest, size_bytes, format, state, created_at_ms, moment_ms,
                            sequence)
         values (?1, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, ?7, (select photos_recorded from event where id = ?2))",
        (photo.id, photo.event_id, &photo.file_name, photo.digest, photo.size_bytes, photo.format, now),
    )?;
    jobs::insert(db, photo.id)?;
    Ok(Recorded::New)
}

/// The photo with this id.
pub fn find(db: &Reader, id: PhotoId) -> Result<Option<Photo>, StoreError> {
    db.one("select * from photo where id = ?1", [id])
}

/// The photo with this id, and its event, which says who may see it.
pub fn find_with_event(db: &Reader, id: PhotoId) -> Result<Option<(Photo, Event)>, StoreError> {
    let Some(photo) = find(db, id)? else { return Ok(None) };
    let event = events::find(db, photo.event_id)?;
    Ok(Some((photo, event.ok_or(StoreError::Corrupt { what: "photo without event" })?)))
}

/// Marks a photo as failed for this reason, and deletes its job.
pub fn fail(db: &Writer, id: PhotoId, reason: &str) -> Result<(), StoreError> {
    db.execute("update photo set state = 'failed', failure = ?2 where id = ?1", (id, reason))?;
    jobs::delete(db, id)
}

/// Deletes a photo with its faces, vectors, job and favourites; `false` if it is gone already. Its blobs go with the
/// next purge.
pub fn delete(db: &Writer, id: PhotoId) -> Result<bool, StoreError> {
    if let Some(photo) = find(db, id)? {
        purges::record(db, BlobKey::of_photo(id, photo.format))?;
    }
    vectors::delete_photo(db, id)?;
    Ok(db.execute("delete from photo where id = ?1", [id])? > 0)
}

/// All photos of all events, with their formats.
pub(in crate::store) fn list_formats(db: &Reader) -> Result<HashMap<PhotoId, ImageFormat>, StoreError> {
    Ok(db.all("select id, format from photo", ())?.into_iter().collect())
}

/// Records the blobs of all photos of an event for deletion.
pub(in crate::store) fn record_purges(db: &Writer, event_id: EventId) -> Result<(), StoreError> {
    let photos = db.all("select id, format from photo where event_id = ?1", [event_id])?;
    purges::record(db, photos.into_iter().flat_map(|(id, format)| BlobKey::of_photo(id, format)))
}

impl FromRow for Photo {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        let (width, height): (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
        let (state, failure): (String, Option<String>) = (row.get("state")?, row.get("failure")?);
        let state = match (state.as_str(), failure) {
            ("pending", None) => PhotoState::Pending,
            ("indexed", None) => PhotoState::Indexed,
            ("failed", Some(reason)) => PhotoState::Failed(reason),
            _ => return Err(StoreError::Corrupt { what: "photo state" }),
        };
        Ok(Self {
            id: row.get("id")?,
            event_id: row.get("event_id")?,
            file_name: row.get("file_name")?,
            digest: row.get("digest")?,
            format: row.get("format")?,
            size: width.zip(height).map(|(width, height)| PixelSize { width, height }),
            capture: Capture {
                taken_at: row.get("taken_at")?,
                camera: row.get("camera")?,
                orientation: row.get("orientation")?,
            },
            state,
            hidden: row.get("hidden")?,
            wall: row.get("wall")?,
            moment: row.get("moment_ms")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}
