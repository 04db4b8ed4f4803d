//! The durable queue of photos to index.
//!
//! A worker takes a job by moving its `free_at_ms` into the future: a lease. A worker that dies lets it run out; at a
//! start without other processes all leases end at once.

use crate::store::sql::{Reader, Writer};
use std::time::Duration;

use rusqlite::OptionalExtension;

use crate::domain::{Photo, PhotoId, Timestamp};
use crate::store::StoreError;
use crate::store::tables::photos;

/// Longer than the slowest photo takes on the slowest laptop.
const LEASE: Duration = Duration::from_mins(2);
/// A photo whose indexing ended so often with an error is given up.
const MAX_ERRORS: u32 = 5;
/// A photo that was begun so often, and neither ended nor failed, is given up: it seems to end the program. Far more
/// than the interruptions that one photo meets by chance.
const MAX_ATTEMPTS: u32 = 20;
/// Pause after the first error; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A photo to index, leased to whoever got it.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to index.
    pub photo: Photo,
    /// This is the how-many-th attempt, from 1.
    pub attempt: u32,
}

/// What becomes of a job after an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterError {
    /// It is tried again.
    Retried,
    /// That was its last attempt.
    GivenUp,
}

pub(in crate::store) fn insert(tx: &Writer, photo_id: PhotoId) -> Result<(), StoreError> {
    tx.execute("insert or ignore into job (photo_id) values (?1)", [photo_id.as_i64()])?;
    Ok(())
}

pub(in crate::store) fn delete(tx: &Writer, photo_id: PhotoId) -> Result<(), StoreError> {
    tx.execute("delete from job where photo_id = ?1", [photo_id.as_i64()])?;
    Ok(())
}

pub(in crate::store) fn release_all(tx: &Writer) -> Result<(), StoreError> {
    tx.execute("update job set free_at_ms = 0 where free_at_ms <> 0", [])?;
    Ok(())
}

/// Whether there is a job that is free.
///
/// # Errors
/// When the database fails.
pub fn any_free(connection: &Reader, now: Timestamp) -> Result<bool, StoreError> {
    Ok(connection.query_row(
        "select exists (select 1 from job where free_at_ms <= ?1)",
        [now.unix_ms()],
        |row| row.get(0),
    )?)
}

/// Leases the oldest job that is free.
///
/// # Errors
/// When the database fails.
pub fn claim(tx: &Writer, now: Timestamp) -> Result<Option<Job>, StoreError> {
    loop {
        let free: Option<(i64, u32)> = tx
            .query_row(
                "update job set attempts = attempts + 1, free_at_ms = ?2
                 where id = (select id from job where free_at_ms <= ?1 order by id limit 1)
                 returning photo_id, attempts",
                (now.unix_ms(), now.plus(LEASE).unix_ms()),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((photo_id, attempt)) = free else { return Ok(None) };
        let photo_id = photos::photo_id(photo_id)?;
        if attempt <= MAX_ATTEMPTS {
            let photo =
                photos::find(tx, photo_id)?.ok_or(StoreError::Corrupt { what: "job without photo" })?;
            return Ok(Some(Job { photo, attempt }));
        }
        let reason = format!("given up: the program ended {MAX_ATTEMPTS} times while it worked on it");
        photos::fail(tx, photo_id, &reason)?;
    }
}

/// Whether the lease is still this worker's: it may have run out, and another worker may have begun.
fn is_held(tx: &Writer, job: &Job) -> Result<bool, StoreError> {
    Ok(tx.query_row(
        "select exists (select 1 from job where photo_id = ?1 and attempts = ?2)",
        (job.photo.id.as_i64(), job.attempt),
        |row| row.get(0),
    )?)
}

/// Ends a lease after an error that may pass. Does nothing where the lease has run out.
///
/// # Errors
/// When the database fails.
pub fn retry_later(tx: &Writer, job: &Job, reason: &str, now: Timestamp) -> Result<AfterError, StoreError> {
    if !is_held(tx, job)? {
        return Ok(AfterError::Retried);
    }
    let id = job.photo.id.as_i64();
    let errors: u32 = tx.query_row(
        "update job set errors = errors + 1 where photo_id = ?1 returning errors",
        [id],
        |row| row.get(0),
    )?;
    if errors >= MAX_ERRORS {
        photos::fail(tx, job.photo.id, &format!("given up after {MAX_ERRORS} attempts: {reason}"))?;
        return Ok(AfterError::GivenUp);
    }
    let pause = FIRST_PAUSE * 2_u32.saturating_pow(errors - 1);
    tx.execute("update job set free_at_ms = ?2 where photo_id = ?1", (id, now.plus(pause).unix_ms()))?;
    Ok(AfterError::Retried)
}

/// Gives a photo up, where the lease has not run out: its picture's own fault.
///
/// # Errors
/// When the database fails.
pub fn give_up(tx: &Writer, job: &Job, reason: &str) -> Result<(), StoreError> {
    if is_held(tx, job)? { photos::fail(tx, job.photo.id, reason) } else { Ok(()) }
}

/// Ends a lease as if it had never been.
///
/// # Errors
/// When the database fails.
pub fn put_back(tx: &Writer, job: &Job) -> Result<(), StoreError> {
    if is_held(tx, job)? {
        tx.execute("update job set free_at_ms = 0 where photo_id = ?1", [job.photo.id.as_i64()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
