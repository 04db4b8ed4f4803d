//! The cameras of an event, and how far their clocks are off.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::{
    Camera, CameraBody, Capture, ClockOffset, Event, EventId, Photo, PhotoId, TimeCode, Timestamp,
};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::photo_changes::{self, Change};
use crate::store::tables::photos;

/// For how long after it was shown a photo of a time code is recognised by itself.
const RECOGNISED_FOR: Duration = Duration::from_hours(24);
/// How often it is recorded that the code is shown, which is drawn several times a second.
const RECORDED_EVERY: Duration = Duration::from_mins(1);

/// A camera, and what it has in the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraOfEvent {
    /// Which one.
    pub camera: Camera,
    /// Added to its clock.
    pub offset: ClockOffset,
    /// How many photos it took whose time is by its clock.
    pub photos: u64,
    /// The first one's moment.
    pub first: Timestamp,
    /// The last one's moment.
    pub last: Timestamp,
}

/// Why a photo does not tell how far a clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMeasured {
    /// Its time is by no camera's clock, or nobody knows by which.
    NoClock,
    /// Both photos are of the same camera.
    SameCamera,
    /// The clock would be off by more than [`ClockOffset::MAX_MS`].
    TooFar,
}

/// The camera whose clock was corrected.
pub type Measured = Result<Camera, NotMeasured>;

/// The cameras whose clock gave photos of this event their time, most photos first.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<CameraOfEvent>> {
    db.all(
        "select photo.camera, camera_body, count(*) as photos, min(moment_ms) as first_ms, max(moment_ms) as last_ms,
                coalesce(max(offset_ms), 0) as offset_ms
         from photo left join camera_clock clock
           on clock.event_id = photo.event_id and clock.camera = photo.camera
              and clock.body = coalesce(photo.camera_body, '')
         where photo.event_id = ?1 and photo.camera is not null and taken_at is not null
           and time_source in ('taken', 'digitized', 'xmp')
         group by photo.camera, camera_body order by count(*) desc, photo.camera, camera_body nulls first",
        [event_id],
    )
}

impl FromRow for CameraOfEvent {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            camera: Camera { name: row.get("camera")?, body: row.get("camera_body")? },
            offset: row.get("offset_ms")?,
            photos: row.get("photos")?,
            first: row.get("first_ms")?,
            last: row.get("last_ms")?,
        })
    }
}

/// The photos of one camera whose time is by its clock, in the order of their moments.
pub struct Strip {
    /// How many there are.
    pub total: u64,
    /// How many are before the first of `photos`.
    pub from: u64,
    /// Some of them.
    pub photos: Vec<Photo>,
}

/// Where a strip begins.
#[derive(Clone, Copy, Debug)]
pub enum StripFrom {
    /// After so many photos.
    Place(u64),
    /// So that the middle is nearest to a moment.
    Around(Timestamp),
}

/// Some photos of one camera that are indexed, hidden ones too.
pub fn list_photos(
    db: &Reader,
    event_id: EventId,
    camera: &Camera,
    from: StripFrom,
    limit: u64,
) -> StoreResult<Strip> {
    let condition =
        "event_id = ?1 and camera = ?2 and camera_body is not distinct from ?3 and state = 'indexed'
                     and taken_at is not null and time_source in ('taken', 'digitized', 'xmp')";
    let count = |before: Timestamp| -> StoreResult<u64> {
        db.value(
            &format!("select count(*) from photo where {condition} and moment_ms < ?4"),
            (event_id, &camera.name, &camera.body, before),
        )
    };
    let total = count(Timestamp::from_unix_ms(i64::MAX))?;
    let from = match from {
        StripFrom::Place(place) => place,
        StripFrom::Around(moment) => count(moment)?.saturating_sub(limit / 2),
    };
    let from = from.min(total.saturating_sub(limit));
    let photos = db.all(
        &format!("select * from photo where {condition} order by moment_ms, name_key, id limit ?4 offset ?5"),
        (event_id, &camera.name, &camera.body, limit, from),
    )?;
    Ok(Strip { total, from, photos })
}

/// The offsets of an event's cameras that are not nothing.
pub fn offsets(db: &Reader, event_id: EventId) -> StoreResult<HashMap<Camera, ClockOffset>> {
    let rows: Vec<(String, Option<CameraBody>, ClockOffset)> = db.all(
        "select camera, nullif(body, ''), offset_ms from camera_clock where event_id = ?1",
        [event_id],
    )?;
    Ok(rows.into_iter().map(|(name, body, offset)| (Camera { name, body }, offset)).collect())
}

/// How far the clock is off that gave a photo of this event its time.
pub fn offset_of(db: &Reader, event_id: EventId, capture: &Capture) -> StoreResult<ClockOffset> {
    let camera = capture.camera().filter(|_| capture.time_source.is_camera());
    let offset = camera.map_or(Ok(None), |camera| {
        let body = camera.body.as_ref().map_or("", CameraBody::as_str);
        db.one(
            "select offset_ms from camera_clock where event_id = ?1 and camera = ?2 and body = ?3",
            (event_id, &camera.name, body),
        )
    });
    Ok(offset?.unwrap_or_default())
}

/// Sets how far a camera's clock is off, and sorts the event's photos again.
pub fn set(db: &Writer, event: &Event, camera: &Camera, offset: ClockOffset) -> StoreResult<()> {
    let body = camera.body.as_ref().map_or("", CameraBody::as_str);
    db.run(
        "delete from camera_clock where event_id = ?1 and camera = ?2 and body = ?3",
        (event.id, &camera.name, body),
    )?;
    if offset != ClockOffset::default() {
        db.run(
            "insert into camera_clock (event_id, camera, body, offset_ms) values (?1, ?2, ?3, ?4)",
            (event.id, &camera.name, body, offset),
        )?;
    }
    sort(db, event)
}

/// Sorts the photos of an event whose time zone or cameras' clocks have changed. Open pages hear of it.
pub fn sort(db: &Writer, event: &Event) -> StoreResult<()> {
    let offsets = offsets(db, event.id)?;
    for photo in db.all::<Photo>("select * from photo where event_id = ?1", [event.id])? {
        let camera = photo.capture.camera();
        let offset = camera.and_then(|camera| offsets.get(&camera).copied()).unwrap_or_default();
        let moment = photo.capture.moment(photo.created_at, &event.time_zone, offset);
        if moment != photo.moment {
            db.execute("update photo set moment_ms = ?2 where id = ?1", (photo.id, moment))?;
        }
    }
    db.run("update event set revision = revision + 1 where id = ?1", [event.id])
}

/// Corrects the clock that gave `photo` its time, so that both photos show the same moment.
pub fn match_moments(db: &Writer, event: &Event, photo: &Photo, reference: &Photo) -> StoreResult<Measured> {
    let camera = photo.capture.camera();
    if camera.is_some() && camera == reference.capture.camera() {
        return Ok(Err(NotMeasured::SameCamera));
    }
    correct(db, event, photo, reference.moment)
}

/// Corrects the clock that gave `photo` its time by the time code in its picture, and hides the photo: guests have no
/// use for it.
pub fn measure(db: &Writer, event: &Event, photo: &Photo, code: TimeCode) -> StoreResult<Measured> {
    photo_changes::apply(db, event.id, &[photo.id], Change::Hide(true))?;
    correct(db, event, photo, event.time_zone.local_time(code.0))
}

/// `actual` is what clocks at the event showed when the photo was taken.
fn correct(db: &Writer, event: &Event, photo: &Photo, actual: Timestamp) -> StoreResult<Measured> {
    let Some((camera, shown)) = photo.capture.by_camera(&event.time_zone) else {
        return Ok(Err(NotMeasured::NoClock));
    };
    let Some(offset) = ClockOffset::between(shown, actual) else { return Ok(Err(NotMeasured::TooFar)) };
    set(db, event, &camera, offset)?;
    Ok(Ok(camera))
}

/// Records that an event's time code is being shown.
pub fn record_shown(db: &Writer, event_id: EventId, now: Timestamp) -> StoreResult<()> {
    db.run("update event set time_code_shown_ms = ?2 where id = ?1", (event_id, now))
}

/// Whether that must be recorded again.
pub fn is_shown_anew(db: &Reader, event_id: EventId, now: Timestamp) -> StoreResult<bool> {
    Ok(now.since(shown_at(db, event_id)?) >= RECORDED_EVERY)
}

/// Whether a photo may be one of a time code, which was shown not long before it arrived.
pub fn may_show_code(db: &Reader, photo: &Photo) -> StoreResult<bool> {
    Ok(photo.created_at.since(shown_at(db, photo.event_id)?) < RECOGNISED_FOR)
}

fn shown_at(db: &Reader, event_id: EventId) -> StoreResult<Timestamp> {
    let shown: Option<Timestamp> =
        db.one("select time_code_shown_ms from event where id = ?1", [event_id])?;
    Ok(shown.unwrap_or(Timestamp::from_unix_ms(0)))
}

/// Takes the time code in a new photo for a measurement, if its time is not long before the photo arrived: an old
/// picture of a code says nothing about now.
pub fn recognise(db: &Writer, id: PhotoId, code: TimeCode) -> StoreResult<Option<Camera>> {
    let Some((photo, event)) = photos::find_with_event(db, id)? else { return Ok(None) };
    let age = photo.created_at.since(code.0);
    if age >= RECOGNISED_FOR || code.0 > photo.created_at {
        return Ok(None);
    }
    Ok(measure(db, &event, &photo, code)?.ok())
}

#[cfg(test)]
mod tests;
