//! The durable queue of photos to index.
//!
//! A worker takes a job by moving its `free_at_ms` into the future: a lease. If the worker dies, the lease expires; a
//! process that starts alone in its data folder ends all leases at once.

use std::time::Duration;

use crate::domain::{Photo, PhotoId, Timestamp};
use crate::store::StoreError;
use crate::store::sql::{Reader, Writer};
use crate::store::tables::photos;

/// Longer than the slowest photo takes on the slowest laptop.
const LEASE: Duration = Duration::from_mins(2);
/// A photo fails for good after this many errors.
const MAX_ERRORS: u32 = 5;
/// A photo fails for good after this many attempts without an end: it seems to end the process. Far more than the
/// interruptions that one photo meets by chance.
const MAX_ATTEMPTS: u32 = 20;
/// Pause after the first error; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A photo to index, leased to one worker.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to index.
    pub photo: Photo,
    /// Attempt number, from 1.
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

pub(in crate::store) fn insert(db: &Writer, photo_id: PhotoId) -> Result<(), StoreError> {
    db.run("insert into job (photo_id) values (?1) on conflict do nothing", [photo_id])
}

pub(in crate::store) fn delete(db: &Writer, photo_id: PhotoId) -> Result<(), StoreError> {
    db.run("delete from job where photo_id = ?1", [photo_id])
}

pub(in crate::store) fn release_all(db: &Writer) -> Result<(), StoreError> {
    db.run("update job set free_at_ms = 0 where free_at_ms <> 0", ())
}

/// Whether there is a free job.
pub fn any_free(db: &Reader, now: Timestamp) -> Result<bool, StoreError> {
    db.value("select exists (select 1 from job where free_at_ms <= ?1)", [now])
}

/// Leases the oldest free job.
pub fn claim(db: &Writer, now: Timestamp) -> Result<Option<Job>, StoreError> {
    loop {
        let leased: Option<(PhotoId, u32)> = db.one(
            "update job set attempts = attempts + 1, free_at_ms = ?2
             where id = (select id from job where free_at_ms <= ?1 order by id limit 1)
             returning photo_id, attempts",
            (now, now.plus(LEASE)),
        )?;
        let Some((photo_id, attempt)) = leased else { return Ok(None) };
        if attempt <= MAX_ATTEMPTS {
            let photo =
                photos::find(db, photo_id)?.ok_or(StoreError::Corrupt { what: "job without photo" })?;
            return Ok(Some(Job { photo, attempt }));
        }
        let reason = format!("given up: the program ended {MAX_ATTEMPTS} times while it indexed this photo");
        photos::fail(db, photo_id, &reason)?;
    }
}

/// Whether the worker still holds its lease: it may have expired, and another worker may have started.
fn is_held(db: &Reader, job: &Job) -> Result<bool, StoreError> {
    db.value(
        "select exists (select 1 from job where photo_id = ?1 and attempts = ?2)",
        (job.photo.id, job.attempt),
    )
}

/// Ends a lease after an error that may pass. Does nothing if the lease has expired.
pub fn retry_later(db: &Writer, job: &Job, reason: &str, now: Timestamp) -> Result<AfterError, StoreError> {
    if !is_held(db, job)? {
        return Ok(AfterError::Retried);
    }
    let id = job.photo.id;
    let errors: u32 =
        db.value("update job set errors = errors + 1 where photo_id = ?1 returning errors", [id])?;
    if errors >= MAX_ERRORS {
        photos::fail(db, id, &format!("given up after {MAX_ERRORS} attempts: {reason}"))?;
        return Ok(AfterError::GivenUp);
    }
    let pause = FIRST_PAUSE * 2_u32.saturating_pow(errors - 1);
    db.execute("update job set free_at_ms = ?2 where photo_id = ?1", (id, now.plus(pause)))?;
    Ok(AfterError::Retried)
}

/// Marks a photo as failed because of its own content, unless the lease has expired.
pub fn give_up(db: &Writer, job: &Job, reason: &str) -> Result<(), StoreError> {
    if is_held(db, job)? { photos::fail(db, job.photo.id, reason) } else { Ok(()) }
}

/// Ends a lease without an attempt having failed.
pub fn put_back(db: &Writer, job: &Job) -> Result<(), StoreError> {
    if is_held(db, job)? {
        db.execute("update job set free_at_ms = 0 where photo_id = ?1", [job.photo.id])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
