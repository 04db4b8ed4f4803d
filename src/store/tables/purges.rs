//! Blobs without rows: those whose rows are gone, and those whose rows are still to come.
//!
//! Whatever deletes a blob's row records the blob here, in the same transaction;
//! [`Store::purge_blobs`](crate::store::Store::purge_blobs) deletes it afterwards, and retries until it succeeds. A
//! blob in a bucket that is written before its row is reserved first; whatever inserts the row keeps it.

use std::collections::HashSet;

use crate::domain::Timestamp;
use crate::store::sql::{Reader, Writer};
use crate::store::{BlobKey, StoreResult};

/// Records blobs that are to be deleted.
pub(in crate::store) fn record(db: &Writer, keys: impl IntoIterator<Item = BlobKey>) -> StoreResult<()> {
    for key in keys {
        db.execute(
            "insert into purge (blob) values (?1) on conflict (blob) do update set again_at_ms = null",
            [key],
        )?;
    }
    Ok(())
}

/// Records a blob that is about to be written: it is deleted after `end`, unless it is kept before.
pub(in crate::store) fn reserve(db: &Writer, key: &BlobKey, end: Timestamp) -> StoreResult<()> {
    db.run("insert into reservation (blob, ends_at_ms) values (?1, ?2) on conflict do nothing", (key, end))
}

/// A blob has its row, perhaps again: it is not deleted any more.
pub(in crate::store) fn keep(db: &Writer, key: &BlobKey) -> StoreResult<()> {
    db.run("delete from reservation where blob = ?1", [key])?;
    db.run("delete from purge where blob = ?1", [key])
}

/// Blobs that are to be deleted now.
pub(in crate::store) fn list(db: &Reader, now: Timestamp) -> StoreResult<Vec<BlobKey>> {
    db.all(
        "select blob from purge where again_at_ms is null or again_at_ms <= ?1
         union select blob from reservation where ends_at_ms <= ?1",
        [now],
    )
}

/// All blobs that have no row and are accounted for: they are deleted now or later, or get their row.
pub(in crate::store) fn list_known(db: &Reader) -> StoreResult<HashSet<BlobKey>> {
    Ok(db.all("select blob from purge union select blob from reservation", ())?.into_iter().collect())
}

/// Whether a blob of something that was erased is still to be deleted, or to be deleted once more.
pub(in crate::store) fn are_pending(db: &Reader) -> StoreResult<bool> {
    db.value("select exists (select 1 from purge where blob not like 'uploads/%')", ())
}

/// These blobs are deleted: for good, or until they are deleted again.
pub(in crate::store) fn finish(
    db: &Writer,
    keys: &[BlobKey],
    again_at: Option<Timestamp>,
) -> StoreResult<()> {
    for key in keys {
        db.run("delete from reservation where blob = ?1", [key])?;
        match again_at {
            Some(again_at) => {
                let again = "update purge set again_at_ms = ?2 where blob = ?1 and again_at_ms is null";
                if db.execute(again, (key, again_at))? == 0 {
                    db.run("delete from purge where blob = ?1", [key])?;
                }
            }
            None => db.run("delete from purge where blob = ?1", [key])?,
        }
    }
    Ok(())
}
