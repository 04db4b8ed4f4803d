//! The queue of photos to index: new ones first, then those to index again with another pack. A job is free unless
//! `free_at_ms` is in the future: then a worker has a lease on it.

use crate::domain::{PhotoId, Timestamp};
use crate::store::sql::{Reader, Writer};
use crate::store::{PackId, StoreResult};

pub(in crate::store) fn insert(db: &Writer, photo_id: PhotoId) -> StoreResult<()> {
    db.run("insert into job (photo_id) values (?1) on conflict do nothing", [photo_id])
}

pub(in crate::store) fn delete(db: &Writer, photo_id: PhotoId) -> StoreResult<()> {
    db.run("delete from job where photo_id = ?1", [photo_id])
}

pub(in crate::store) fn release_all(db: &Writer) -> StoreResult<()> {
    db.run("update job set free_at_ms = 0 where free_at_ms <> 0", ())
}

/// Whether there is a free job for an engine with this pack.
pub fn any_free(db: &Reader, pack: PackId, now: Timestamp) -> StoreResult<bool> {
    db.value(
        "select exists (select 1 from job where free_at_ms <= ?1 and (pack_id is null or pack_id = ?2))",
        (now, pack),
    )
}
