//! The queue of photos to index: new ones first, then those to index again with another pack. A job is free unless
//! `free_at_ms` is in the future: then a worker has a lease on it.

use crate::domain::{EventId, PhotoId, Timestamp};
use crate::store::sql::{Reader, Writer};
use crate::store::{PackId, StoreResult};

pub(in crate::store) fn insert(db: &Writer, photo_id: PhotoId) -> StoreResult<()> {
    db.run("insert into job (photo_id) values (?1) on conflict do nothing", [photo_id])
}

/// The job of an event's photo that a pack could not index again, if it is one.
pub(in crate::store) fn insert_again(
    db: &Writer,
    event_id: EventId,
    photo_id: PhotoId,
) -> StoreResult<usize> {
    db.execute(
        "insert into job (photo_id, pack_id)
         select id, failed_pack_id from photo where id = ?1 and event_id = ?2 and failed_pack_id is not null",
        (photo_id, event_id),
    )?;
    db.execute(
        "update photo set failed_pack_id = null where id = ?1 and event_id = ?2 and failed_pack_id is not null",
        (photo_id, event_id),
    )
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
