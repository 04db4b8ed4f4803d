//! The life of a photo: recorded with its job, leased, indexed or failed. Changes of photo, job and faces that belong
//! together, each in one transaction.
//!
//! A worker takes a job by moving its `free_at_ms` into the future: a lease. If the worker dies, the lease expires; a
//! process that starts alone in its data folder ends all leases at once.

#![expect(clippy::missing_errors_doc, reason = "every function fails when the database does, and only then")]

mod claim;
mod companions;
mod publish;
mod versions;

use std::time::Duration;

use crate::domain::{
    Capture, ClockOffset, Destination, EventId, Face, NewPhoto, Photo, PhotoId, PhotoState, PixelSize,
    TimeZone, Timestamp, natural_key,
};
use crate::store::sql::{Reader, Writer};
use crate::store::tables::versions as version_rows;
use crate::store::tables::{camera_clocks, events, faces, jobs, photos, purges, sources};
use crate::store::{BlobKey, PackId, StoreResult};

pub use claim::claim;
pub use companions::join;
pub use publish::{Found, publish};
pub use versions::place;

/// How soon another process takes over the photos of one that was killed. The worker renews it meanwhile.
const LEASE: Duration = Duration::from_secs(20);
/// How often; a disk may keep a few renewals waiting.
pub const RENEWAL: Duration = Duration::from_secs(5);
/// A new photo fails for good after this many errors. One to be indexed again is tried until it succeeds: the error may
/// be a drive that is not there, and nobody misses the photo meanwhile.
const MAX_ERRORS: u32 = 5;
/// A photo fails for good after this many attempts without an end: it seems to end the process. Far more than the
/// interruptions that one photo meets by chance.
const MAX_ATTEMPTS: u32 = 20;
/// Pause after the first error; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The pause is not doubled further.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// A photo to index, leased to one worker.
#[derive(Clone, Debug)]
pub struct Job {
    /// Never that of another job.
    id: i64,
    /// What to index.
    pub photo: Photo,
    /// Attempt number, from 1: with the job's number it tells one lease from all others.
    pub attempt: u32,
}

/// What happens to a job after an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterError {
    /// It is tried again.
    Retried,
    /// That was its last attempt.
    GivenUp,
}

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
/// or gone, or its source may bring no more.
pub fn record(db: &Writer, photo: &NewPhoto, now: Timestamp) -> StoreResult<Recorded> {
    let Destination { event_id, source_id, credit, sender } = &photo.destination;
    let event_id = *event_id;
    let source = sources::check_takes(db, &photo.destination)?;
    let held = source.is_some_and(|source| source.held);
    let part = companions::find(db, event_id, photo.digest)?;
    // An older version that is read again must not replace the newer one.
    let part = part.map_or_else(|| version_rows::find(db, event_id, photo.digest), |id| Ok(Some(id)))?;
    if let Some(id) = part {
        return Ok(Recorded::Known(id));
    }
    let known: Option<(PhotoId, bool)> = db.one(
        "select id, state = 'failed' from photo where event_id = ?1 and digest = ?2",
        (event_id, photo.digest),
    )?;
    if let Some((id, failed)) = known {
        if failed {
            db.execute("update photo set state = 'pending', failure = null where id = ?1", [id])?;
            jobs::insert(db, id)?;
            return Ok(Recorded::Again(id));
        }
        return Ok(Recorded::Known(id));
    }
    db.execute("update event set photos_recorded = photos_recorded + 1 where id = ?1", [event_id])?;
    let zone = zone_of(db, event_id)?;
    let capture = Capture::default().or_named(&photo.file_name).or_written(photo.written_at, &zone);
    db.execute(
        "insert into photo (id, event_id, file_name, name_key, digest, size_bytes, format, state, created_at_ms,
                            taken_at, time_source, moment_ms, source_id, credit, sender, held, hidden,
                            sequence)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15,
                 (select photos_recorded from event where id = ?2))",
        (
            photo.id,
            event_id,
            &photo.file_name,
            natural_key(&photo.file_name),
            photo.digest,
            photo.size_bytes,
            photo.format,
            now,
            &capture.taken_at,
            capture.time_source,
            capture.moment(now, &zone, ClockOffset::default()),
            source_id,
            credit,
            sender,
            held,
        ),
    )?;
    purges::keep(db, &BlobKey::Original(photo.id, photo.format))?;
    jobs::insert(db, photo.id)?;
    Ok(Recorded::New)
}

/// Records a job for each photo that another pack than `pack` has indexed, those of the newest events first. Until it
/// is done, the photo stays as it is. Photos that this pack failed to index are left out: each change of the pack gives
/// them another chance.
pub fn switch_pack(db: &Writer, pack: PackId) -> StoreResult<usize> {
    // The pack was changed, and changed again before they were done.
    db.run("delete from job where pack_id <> ?1", [pack])?;
    db.run("update photo set failed_pack_id = null where failed_pack_id <> ?1", [pack])?;
    db.execute(
        "insert into job (photo_id, pack_id)
         select photo.id, ?1 from photo join event on event.id = photo.event_id
         where state = 'indexed' and pack_id is distinct from ?1 and failed_pack_id is null
               and faces_deleted_at_ms is null
         order by event.created_at_ms desc, sequence
         on conflict (photo_id) do nothing",
        [pack],
    )
}

/// Whether the worker still holds its lease: it may have expired, and another worker may have started.
fn is_held(db: &Reader, job: &Job) -> StoreResult<bool> {
    db.value("select exists (select 1 from job where id = ?1 and attempts = ?2)", (job.id, job.attempt))
}

/// Extends a lease, unless it has expired and another worker has taken the photo.
pub fn renew(db: &Writer, job: &Job, now: Timestamp) -> StoreResult<()> {
    if is_held(db, job)? {
        db.execute("update job set free_at_ms = ?2 where photo_id = ?1", (job.photo.id, now.plus(LEASE)))?;
    }
    Ok(())
}

/// Ends a lease after an error that may pass. Does nothing if the lease has expired.
pub fn retry_later(db: &Writer, job: &Job, reason: &str, now: Timestamp) -> StoreResult<AfterError> {
    if !is_held(db, job)? {
        return Ok(AfterError::Retried);
    }
    let id = job.photo.id;
    let errors: u32 =
        db.value("update job set errors = errors + 1 where photo_id = ?1 returning errors", [id])?;
    if errors >= MAX_ERRORS && job.photo.state != PhotoState::Indexed {
        fail(db, id, &format!("given up after {MAX_ERRORS} attempts: {reason}"))?;
        return Ok(AfterError::GivenUp);
    }
    let pause = LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.saturating_pow(errors - 1));
    db.execute("update job set free_at_ms = ?2 where photo_id = ?1", (id, now.plus(pause)))?;
    Ok(AfterError::Retried)
}

/// Marks a photo as failed because of its own content, unless the lease has expired.
pub fn give_up(db: &Writer, job: &Job, reason: &str) -> StoreResult<()> {
    if is_held(db, job)? { fail(db, job.photo.id, reason) } else { Ok(()) }
}

/// Ends a lease without an attempt having failed.
pub fn put_back(db: &Writer, job: &Job) -> StoreResult<()> {
    if is_held(db, job)? {
        db.execute("update job set free_at_ms = 0 where photo_id = ?1", [job.photo.id])?;
    }
    Ok(())
}

/// Marks a photo as failed for this reason, and deletes its job. One that was to be indexed again keeps its faces, and
/// the same pack does not try it once more.
fn fail(db: &Writer, id: PhotoId, reason: &str) -> StoreResult<()> {
    let kept = db.execute(
        "update photo set failed_pack_id = (select pack_id from job where photo_id = ?1)
         where id = ?1 and state = 'indexed'",
        [id],
    )?;
    if kept == 0 {
        db.execute("update photo set state = 'failed', failure = ?2 where id = ?1", (id, reason))?;
    }
    jobs::delete(db, id)
}

/// Stores a photo's faces in place of those it has, searchable from this commit on, and deletes its job; `false` if the
/// photo was deleted meanwhile.
pub fn index_photo(
    db: &Writer,
    photo_id: PhotoId,
    pack_id: PackId,
    size: PixelSize,
    capture: &Capture,
    found: &[Face],
) -> StoreResult<bool> {
    let Some(photo) = photos::find(db, photo_id)? else { return Ok(false) };
    // They may have been erased while this photo's were looked for.
    let found = if events::have_ended_faces(db, photo.event_id)? { &[] } else { found };
    faces::replace(db, &photo, pack_id, size, found)?;
    if photo.state == PhotoState::Indexed {
        db.execute(
            "update event set photos_indexed_again = photos_indexed_again + 1 where id = ?1",
            [photo.event_id],
        )?;
    } else {
        db.execute("update event set photos_indexed = photos_indexed + 1 where id = ?1", [photo.event_id])?;
        db.execute("update photo set state = 'indexed', failure = null where id = ?1", [photo_id])?;
    }
    let zone = zone_of(db, photo.event_id)?;
    let capture = capture.clone().or_named(&photo.file_name).or_recorded(&photo.capture);
    let offset = camera_clocks::offset_of(db, photo.event_id, &capture)?;
    db.execute(
        "update photo
         set width = ?2, height = ?3, moment_ms = ?4, taken_at = ?5, time_source = ?9, camera = ?6, orientation = ?7,
             camera_body = ?10, pack_id = ?8, failed_pack_id = null,
             indexed_sequence = coalesce(
                 indexed_sequence, (select photos_indexed from event where event.id = photo.event_id)
             )
         where id = ?1",
        (
            photo_id,
            size.width,
            size.height,
            capture.moment(photo.created_at, &zone, offset),
            &capture.taken_at,
            &capture.camera,
            capture.orientation,
            pack_id,
            capture.time_source,
            &capture.camera_body,
        ),
    )?;
    jobs::delete(db, photo_id)?;
    Ok(true)
}

fn zone_of(db: &Reader, event: EventId) -> StoreResult<TimeZone> {
    Ok(events::find(db, event)?.map_or_else(TimeZone::of_computer, |event| event.time_zone))
}

#[cfg(test)]
mod tests;
