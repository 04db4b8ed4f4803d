//! Blobs whose rows are gone. Whatever deletes such a row records its blobs here, in the same transaction;
//! [`Store::purge_blobs`](crate::store::Store::purge_blobs) deletes them afterwards, and retries until it succeeds.

use crate::store::sql::{Reader, Writer};
use crate::store::{BlobKey, StoreResult};

/// Records blobs that are to be deleted.
pub(in crate::store) fn record(db: &Writer, keys: impl IntoIterator<Item = BlobKey>) -> StoreResult<()> {
    for key in keys {
        db.execute("insert into purge (blob) values (?1) on conflict do nothing", [key])?;
    }
    Ok(())
}

/// Blobs that are to be deleted.
pub(in crate::store) fn list(db: &Reader) -> StoreResult<Vec<BlobKey>> {
    db.all("select blob from purge", ())
}

/// These blobs are deleted.
pub(in crate::store) fn finish(db: &Writer, keys: &[BlobKey]) -> StoreResult<()> {
    for key in keys {
        db.execute("delete from purge where blob = ?1", [key])?;
    }
    Ok(())
}
