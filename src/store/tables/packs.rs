//! Model packs that made vectors here.

use crate::domain::Digest;
use crate::store::StoreError;
use crate::store::sql::sqlite::vectors;
use crate::store::sql::{FromSql, Reader, ToSql, Value, Writer};

/// A pack's row; names the index of its vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackId(i64);

impl PackId {
    pub(in crate::store) fn as_i64(self) -> i64 {
        self.0
    }
}

impl ToSql for PackId {
    fn to_sql(&self) -> Value<'_> {
        Value::Integer(self.0)
    }
}

impl FromSql for PackId {
    const NAME: &'static str = "pack id";

    fn from_sql(value: Value<'_>) -> Option<Self> {
        i64::from_sql(value).map(Self)
    }
}

/// The pack with this fingerprint; at first use its row and its index are created.
pub fn ensure(db: &Writer, fingerprint: Digest, name: &str, dimensions: usize) -> Result<PackId, StoreError> {
    if let Some(id) = db.one("select id from pack where fingerprint = ?1", [fingerprint])? {
        return Ok(id);
    }
    let id = db.value(
        "insert into pack (fingerprint, name, dimensions) values (?1, ?2, ?3) returning id",
        (fingerprint, name, dimensions),
    )?;
    vectors::create(db, id, dimensions)?;
    Ok(id)
}

/// How many faces other packs recognised: a search with this pack does not find them.
pub fn count_faces_of_others(db: &Reader, id: PackId) -> Result<u64, StoreError> {
    db.value("select count(*) from face where pack_id <> ?1", [id])
}

/// All packs, with the length of their vectors.
pub(in crate::store) fn list(db: &Reader) -> Result<Vec<(PackId, usize)>, StoreError> {
    db.all("select id, dimensions from pack order by id", ())
}
