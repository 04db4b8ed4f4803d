//! The durable queue of photos to index.
//!
//! A worker takes a job by moving its `free_at_ms` into the future: a lease. A worker that dies lets it run out; at a
//! start without other processes all leases end at once.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{StoreError, photos};
use crate::domain::{EventId, Photo, PhotoId, Timestamp};

/// Longer than the slowest photo takes on the slowest laptop.
const LEASE: Duration = Duration::from_mins(5);
/// A photo that a worker began so often without end is given up.
const MAX_ATTEMPTS: u32 = 5;
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

pub(super) fn insert(tx: &Transaction, photo_id: PhotoId) -> Result<(), StoreError> {
    tx.execute("insert or ignore into job (photo_id) values (?1)", [photo_id.as_i64()])?;
    Ok(())
}

pub(super) fn delete(tx: &Transaction, photo_id: PhotoId) -> Result<(), StoreError> {
    tx.execute("delete from job where photo_id = ?1", [photo_id.as_i64()])?;
    Ok(())
}

pub(super) fn release_all(tx: &Transaction) -> Result<(), StoreError> {
    tx.execute("update job set free_at_ms = 0", [])?;
    Ok(())
}

/// Leases the oldest job that is free.
///
/// # Errors
/// When the database fails.
pub fn claim(tx: &Transaction, now: Timestamp) -> Result<Option<Job>, StoreError> {
    loop {
        let free: Option<(i64, u32, Option<String>)> = tx
            .query_row(
                "update job set attempts = attempts + 1, free_at_ms = ?2
                 where id = (select id from job where free_at_ms <= ?1 order by id limit 1)
                 returning photo_id, attempts, last_error",
                (now.unix_ms(), now.plus(LEASE).unix_ms()),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((photo_id, attempt, last_error)) = free else { return Ok(None) };
        let photo_id = photos::photo_id(photo_id)?;
        if attempt <= MAX_ATTEMPTS {
            let photo =
                photos::find(tx, photo_id)?.ok_or(StoreError::Corrupt { what: "job without photo" })?;
            return Ok(Some(Job { photo, attempt }));
        }
        let reason = last_error.unwrap_or_else(|| "the program ended each time it worked on it".to_owned());
        photos::fail(tx, photo_id, &format!("given up after {MAX_ATTEMPTS} attempts: {reason}"))?;
    }
}

/// Ends a lease after an error that may pass.
///
/// # Errors
/// When the database fails.
pub fn retry_later(
    tx: &Transaction,
    job: &Job,
    reason: &str,
    now: Timestamp,
) -> Result<AfterError, StoreError> {
    if job.attempt >= MAX_ATTEMPTS {
        photos::fail(tx, job.photo.id, &format!("given up after {MAX_ATTEMPTS} attempts: {reason}"))?;
        return Ok(AfterError::GivenUp);
    }
    let pause = FIRST_PAUSE * 2_u32.saturating_pow(job.attempt - 1);
    tx.execute(
        "update job set free_at_ms = ?2, last_error = ?3 where photo_id = ?1",
        (job.photo.id.as_i64(), now.plus(pause).unix_ms(), reason),
    )?;
    Ok(AfterError::Retried)
}

/// Ends a lease as if it had never been.
///
/// # Errors
/// When the database fails.
pub fn put_back(tx: &Transaction, job: &Job) -> Result<(), StoreError> {
    tx.execute(
        "update job set free_at_ms = 0, attempts = attempts - 1 where photo_id = ?1",
        [job.photo.id.as_i64()],
    )?;
    Ok(())
}

/// Photos of the event that still wait, leased ones among them.
///
/// # Errors
/// When the database fails.
pub fn count_waiting(connection: &Connection, event_id: EventId) -> Result<u64, StoreError> {
    Ok(connection.query_row(
        "select count(*) from job join photo on photo.id = job.photo_id where photo.event_id = ?1",
        [event_id.as_i64()],
        |row| row.get(0),
    )?)
}
