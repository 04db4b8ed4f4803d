//! Blobs whose rows are gone. Whatever deletes such a row records its blobs here, in the same transaction;
//! [`Store::purge_blobs`](crate::store::Store::purge_blobs) deletes them afterwards, however often it takes.

use crate::store::sql::{Reader, Writer};
use crate::store::{BlobKey, StoreError};

/// Records blobs that are to be deleted.
pub(in crate::store) fn record(
    tx: &Writer,
    keys: impl IntoIterator<Item = BlobKey>,
) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached("insert into purge (blob) values (?1) on conflict do nothing")?;
    for key in keys {
        statement.execute([key.to_string()])?;
    }
    Ok(())
}

/// Blobs that are to be deleted.
pub(in crate::store) fn list(db: &Reader) -> Result<Vec<BlobKey>, StoreError> {
    let mut statement = db.prepare("select blob from purge")?;
    let keys = statement.query_and_then([], |row| {
        row.get::<_, String>(0)?.parse().map_err(|()| StoreError::Corrupt { what: "name of a blob" })
    })?;
    keys.collect()
}

/// These blobs are deleted.
pub(in crate::store) fn finish(tx: &Writer, keys: &[BlobKey]) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached("delete from purge where blob = ?1")?;
    for key in keys {
        statement.execute([key.to_string()])?;
    }
    Ok(())
}
