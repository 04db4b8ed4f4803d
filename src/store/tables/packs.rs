//! Model packs whose vectors are stored.

use crate::domain::Digest;
use crate::store::StoreResult;
use crate::store::sql::vectors;
use crate::store::sql::{PackId, Reader, Writer, from_row};

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

/// A pack other than the current one that photos are still indexed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerPack {
    /// In the store.
    pub id: PackId,
    /// Identifies its networks and parameters.
    pub fingerprint: Digest,
    /// What it was called when it was first used.
    pub name: String,
    /// How many photos it has indexed.
    pub photos: u64,
}

from_row!(FormerPack { id: "id", fingerprint: "fingerprint", name: "name", photos: "photos" });

/// The packs other than `current` that photos are still indexed with, the one used last first.
pub fn list_former(db: &Reader, current: PackId) -> StoreResult<Vec<FormerPack>> {
    db.all(
        "select pack.id, fingerprint, name, count(*) as photos from pack join photo on photo.pack_id = pack.id
         where photo.state = 'indexed' and pack.id <> ?1 group by pack.id, fingerprint, name order by pack.id desc",
        [current],
    )
}

/// Whether a pack has faces in any event.
pub fn has_faces(db: &Reader, id: PackId) -> StoreResult<bool> {
    db.value(
        "select exists (select 1 from event
                        where exists (select 1 from face where event_id = event.id and pack_id = ?1))",
        [id],
    )
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
