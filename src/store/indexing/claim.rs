//! A worker takes the next job.

use super::{Job, LEASE, MAX_ATTEMPTS, fail};
use crate::domain::{PhotoId, Timestamp};
use crate::store::sql::Writer;
use crate::store::tables::photos;
use crate::store::{PackId, StoreError, StoreResult};

/// Leases the oldest free job: of a new photo, or else of one to index again with this pack.
pub fn claim(db: &Writer, pack: PackId, now: Timestamp) -> StoreResult<Option<Job>> {
    loop {
        let leased: Option<(i64, PhotoId, u32, u32)> = db.one(
            "update job set attempts = attempts + 1, free_at_ms = ?2
             where id = coalesce(
                 (select id from job where pack_id is null and free_at_ms <= ?1 order by id limit 1),
                 (select id from job where pack_id = ?3 and free_at_ms <= ?1 order by id limit 1)
             )
             returning id, photo_id, attempts, errors",
            (now, now.plus(LEASE), pack),
        )?;
        let Some((id, photo_id, attempt, errors)) = leased else { return Ok(None) };
        if attempt - errors <= MAX_ATTEMPTS {
            let photo =
                photos::find(db, photo_id)?.ok_or(StoreError::Corrupt { what: "job without photo" })?;
            return Ok(Some(Job { id, photo, attempt }));
        }
        let reason = format!("given up: the program ended {MAX_ATTEMPTS} times while it indexed this photo");
        tracing::warn!(photo.id = %photo_id, reason, "a photo cannot be indexed");
        fail(db, photo_id, &reason)?;
    }
}
