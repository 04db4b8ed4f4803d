//! Model packs whose vectors are stored.

use crate::domain::Digest;
use crate::store::StoreResult;
use crate::store::sql::sqlite::vectors;
use crate::store::sql::{PackId, Reader, Writer};

/// The pack with this fingerprint; at first use its row and its index are created.
pub fn ensure(db: &Writer, fingerprint: Digest, name: &str, dimensions: usize) -> StoreResult<PackId> {
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

/// Length of a pack's embeddings.
pub fn dimensions(db: &Reader, id: PackId) -> StoreResult<usize> {
    db.value("select dimensions from pack where id = ?1", [id])
}

/// How many faces other packs recognised: a search with this pack does not find them.
pub fn count_faces_of_others(db: &Reader, id: PackId) -> StoreResult<u64> {
    db.value("select count(*) from face where pack_id <> ?1", [id])
}

/// All packs, with the length of their vectors.
fn list(db: &Reader) -> StoreResult<Vec<(PackId, usize)>> {
    db.all("select id, dimensions from pack order by id", ())
}

/// Whether the vector index of each pack has as many vectors of each event as there are faces.
pub(in crate::store) fn are_indexed(db: &Reader) -> StoreResult<bool> {
    for (pack, _) in list(db)? {
        if !vectors::is_complete(db, pack)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rebuilds the vector index of each pack from the faces; returns how many vectors were written.
pub fn reindex(db: &Writer) -> StoreResult<u64> {
    list(db)?
        .into_iter()
        .try_fold(0, |written, (pack, dimensions)| Ok(written + vectors::rebuild(db, pack, dimensions)?))
}
