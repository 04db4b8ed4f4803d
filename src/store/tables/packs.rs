//! Model packs by the vectors they made.

use crate::store::sql::{Reader, Writer};
use rusqlite::OptionalExtension;

use crate::domain::Digest;
use crate::store::StoreError;
use crate::store::sql::vectors;

/// A pack's row; names the table of its vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackId(i64);

impl PackId {
    pub(in crate::store) fn as_i64(self) -> i64 {
        self.0
    }

    /// From a column that refers to a pack.
    pub(in crate::store) fn from_i64(id: i64) -> Self {
        Self(id)
    }
}

/// The row of the pack with this fingerprint; makes it, and its table of vectors, at first use.
///
/// # Errors
/// When the database fails.
pub fn ensure(tx: &Writer, fingerprint: Digest, name: &str, dimensions: usize) -> Result<PackId, StoreError> {
    let known = tx
        .query_row("select id from pack where fingerprint = ?1", [fingerprint.0], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(PackId(id));
    }
    tx.execute(
        "insert into pack (fingerprint, name, dimensions) values (?1, ?2, ?3)",
        (fingerprint.0, name, i64::try_from(dimensions).unwrap_or(i64::MAX)),
    )?;
    let id = PackId(tx.last_insert_rowid());
    vectors::create(tx, id, dimensions)?;
    Ok(id)
}

/// How many faces other packs recognised: a search with this one does not see them.
///
/// # Errors
/// When the database fails.
pub fn count_faces_of_others(connection: &Reader, id: PackId) -> Result<u64, StoreError> {
    let sql = "select count(*) from face where pack_id <> ?1";
    Ok(connection.query_row(sql, [id.as_i64()], |row| row.get(0))?)
}

/// All packs that made vectors here, with the length of their vectors.
pub(in crate::store) fn list(connection: &Reader) -> Result<Vec<(PackId, usize)>, StoreError> {
    let mut statement = connection.prepare("select id, dimensions from pack order by id")?;
    let packs = statement.query_and_then([], |row| Ok((PackId(row.get(0)?), row.get(1)?)))?;
    packs.collect()
}
