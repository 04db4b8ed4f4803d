//! Photos, from received to indexed.

use crate::store::sql::{Reader, Writer};
use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{
    CameraTime, Capture, Digest, Event, EventId, ImageFormat, NewPhoto, Photo, PhotoId, PhotoState,
    PixelSize, Timestamp, WallPlace,
};
use crate::store::sql::vectors;
use crate::store::tables::{events, jobs, purges};
use crate::store::{BlobKey, StoreError};

/// What became of a received photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the event now, and a job will index it.
    New,
    /// The event had these bytes already, as this photo.
    Known(PhotoId),
    /// The same, but that photo had failed: it gets another chance, with these bytes.
    Again(PhotoId),
}

/// Records a received photo and its job, unless the event has the same bytes already.
///
/// # Errors
/// When the database fails, or the event is closed or gone.
pub fn record(tx: &Writer, photo: &NewPhoto, now: Timestamp) -> Result<Recorded, StoreError> {
    events::check_open_by_id(tx, photo.event_id)?;
    let known: Option<(i64, String)> = tx
        .query_row(
            "select id, state from photo where event_id = ?1 and digest = ?2",
            (photo.event_id.as_i64(), photo.digest.0),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if let Some((id, state)) = known {
        let id = photo_id(id)?;
        if state == "failed" {
            tx.execute("update photo set state = 'pending', failure = null where id = ?1", [id.as_i64()])?;
            jobs::insert(tx, id)?;
            return Ok(Recorded::Again(id));
        }
        return Ok(Recorded::Known(id));
    }
    tx.execute(
        "update event set photos_recorded = photos_recorded + 1 where id = ?1",
        [photo.event_id.as_i64()],
    )?;
    tx.execute(
        "insert into photo (id,  event_id,  file_name,  digest,  size_bytes,  format, state,     created_at_ms,
                            moment_ms,      sequence)
         values           (:id, :event_id, :file_name, :digest, :size_bytes, :format, 'pending', :created_at_ms,
                           :created_at_ms, (select photos_recorded from event where id = :event_id))",
        named_params! {
            ":id": photo.id.as_i64(),
            ":event_id": photo.event_id.as_i64(),
            ":file_name": photo.file_name,
            ":digest": photo.digest.0,
            ":size_bytes": i64::try_from(photo.size_bytes).unwrap_or(i64::MAX),
            ":format": photo.format.extension(),
            ":created_at_ms": now.unix_ms(),
        },
    )?;
    jobs::insert(tx, photo.id)?;
    Ok(Recorded::New)
}

/// The photo with this id.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, id: PhotoId) -> Result<Option<Photo>, StoreError> {
    connection
        .query_row("select * from photo where id = ?1", [id.as_i64()], |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

/// The photo with this id, and its event, which says who may see it.
///
/// # Errors
/// When the database fails.
pub fn find_with_event(connection: &Reader, id: PhotoId) -> Result<Option<(Photo, Event)>, StoreError> {
    let Some(photo) = find(connection, id)? else { return Ok(None) };
    let event = events::find(connection, photo.event_id)?;
    Ok(Some((photo, event.ok_or(StoreError::Corrupt { what: "photo without event" })?)))
}

/// Marks a photo as one that cannot be indexed, and drops its job.
///
/// # Errors
/// When the database fails.
pub fn fail(tx: &Writer, id: PhotoId, reason: &str) -> Result<(), StoreError> {
    tx.execute("update photo set state = 'failed', failure = ?2 where id = ?1", (id.as_i64(), reason))?;
    jobs::delete(tx, id)
}

/// Deletes a photo with its faces, vectors, job and bookmarks; `false` when it is gone already. Its files go with
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: PhotoId) -> Result<bool, StoreError> {
    if let Some(photo) = find(tx, id)? {
        purges::record(tx, BlobKey::of_photo(id, photo.format))?;
    }
    vectors::delete_photo(tx, id)?;
    Ok(tx.execute("delete from photo where id = ?1", [id.as_i64()])? > 0)
}

/// All photos of all events, and what kind of picture each is.
pub(in crate::store) fn list_formats(
    connection: &Reader,
) -> Result<HashMap<PhotoId, ImageFormat>, StoreError> {
    let mut statement = connection.prepare("select id, format from photo")?;
    let photos = statement
        .query_and_then([], |row| Ok((photo_id(row.get(0)?)?, format(&row.get::<_, String>(1)?)?)))?;
    photos.collect()
}

/// Records the blobs of all photos of an event for deletion.
pub(in crate::store) fn record_purges(tx: &Writer, event_id: EventId) -> Result<(), StoreError> {
    let mut statement = tx.prepare("select id, format from photo where event_id = ?1")?;
    let photos: Vec<_> = statement
        .query_and_then([event_id.as_i64()], |row| -> Result<_, StoreError> {
            Ok(BlobKey::of_photo(photo_id(row.get(0)?)?, format(&row.get::<_, String>(1)?)?))
        })?
        .collect::<Result<_, _>>()?;
    purges::record(tx, photos.into_iter().flatten())
}

pub(in crate::store) fn photo_id(value: i64) -> Result<PhotoId, StoreError> {
    PhotoId::from_i64(value).ok_or(StoreError::Corrupt { what: "photo id" })
}

fn wall_place(text: &str) -> Result<WallPlace, StoreError> {
    text.parse().map_err(|()| StoreError::Corrupt { what: "place on the wall" })
}

fn format(text: &str) -> Result<ImageFormat, StoreError> {
    text.parse().map_err(|()| StoreError::Corrupt { what: "picture format" })
}

pub(in crate::store) fn from_row(row: &Row) -> Result<Photo, StoreError> {
    let (width, height): (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
    let failure: Option<String> = row.get("failure")?;
    let state = match (row.get::<_, String>("state")?.as_str(), failure) {
        ("pending", None) => PhotoState::Pending,
        ("indexed", None) => PhotoState::Indexed,
        ("failed", Some(reason)) => PhotoState::Failed(reason),
        _ => return Err(StoreError::Corrupt { what: "photo state" }),
    };
    Ok(Photo {
        id: photo_id(row.get("id")?)?,
        event_id: EventId::from_i64(row.get("event_id")?).ok_or(StoreError::Corrupt { what: "event id" })?,
        file_name: row.get("file_name")?,
        digest: Digest(row.get("digest")?),
        format: format(&row.get::<_, String>("format")?)?,
        size: width.zip(height).map(|(width, height)| PixelSize { width, height }),
        capture: Capture {
            taken_at: row.get::<_, Option<String>>("taken_at")?.map(CameraTime::from_stored),
            camera: row.get("camera")?,
            orientation: row.get("orientation")?,
        },
        state,
        hidden: row.get("hidden")?,
        wall: row.get::<_, Option<String>>("wall")?.map(|text| wall_place(&text)).transpose()?,
        moment: Timestamp::from_unix_ms(row.get("moment_ms")?),
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
    })
}
