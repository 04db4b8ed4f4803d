//! The vector index, or what the driver has in its place. It only proposes faces: what is found is decided by the
//! embeddings of record.

use super::sqlite::vectors as sqlite;
use super::{Driver, PackId, Reader, Writer};
use crate::domain::{Embedding, EventId, FaceId, PhotoId};
use crate::store::StoreResult;

/// Before a pack's first face.
pub(in crate::store) fn create(db: &Writer, pack: PackId, dimensions: usize) -> StoreResult<()> {
    if db.is_file() { sqlite::create(db, pack, dimensions) } else { Ok(()) }
}

pub(in crate::store) fn insert(
    db: &Writer,
    pack: PackId,
    face: FaceId,
    event: EventId,
    embedding: &Embedding,
) -> StoreResult<()> {
    if db.is_file() { sqlite::insert(db, pack, face, event, embedding) } else { Ok(()) }
}

/// Before the rows of its faces.
pub(in crate::store) fn delete_photo(db: &Writer, id: PhotoId) -> StoreResult<()> {
    if db.is_file() { sqlite::delete_photo(db, id) } else { Ok(()) }
}

/// Before the rows of its faces.
pub(in crate::store) fn delete_event(db: &Writer, id: EventId) -> StoreResult<()> {
    if db.is_file() { sqlite::delete_event(db, id) } else { Ok(()) }
}

/// The most similar faces, at most `limit`, in no order; SQLite's index returns no more than 4096.
pub(in crate::store) fn nearest(
    db: &Reader,
    scope: (PackId, EventId),
    query: &Embedding,
    limit: usize,
) -> StoreResult<Vec<FaceId>> {
    match db.0 {
        Driver::Sqlite(_) => sqlite::nearest(db, scope, query, limit),
        #[cfg(feature = "postgres")]
        Driver::Postgres(_) => super::postgres::vectors::nearest(db, scope, query, limit),
    }
}

/// Whether the index of a pack has as many vectors of each event as there are faces.
pub(in crate::store) fn is_complete(db: &Reader, pack: PackId) -> StoreResult<bool> {
    if db.is_file() { sqlite::is_complete(db, pack) } else { Ok(true) }
}

/// Rebuilds the index of a pack; returns how many vectors it has.
pub(in crate::store) fn rebuild(db: &Writer, pack: PackId, dimensions: usize) -> StoreResult<u64> {
    if db.is_file() {
        sqlite::rebuild(db, pack, dimensions)
    } else {
        db.value("select count(*) from face where pack_id = ?1", [pack])
    }
}
