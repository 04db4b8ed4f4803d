//! The vector index: one `vec0` table (sqlite-vec) for each pack, partitioned by event, so that vectors of different
//! packs or events are never compared. Derived from the table `face`: filled in the same
//! transactions, compared with it at start, rebuilt at any time.
//!
//! Distances are Euclidean between unit vectors: `distance^2 = 2 - 2 * cosine similarity`.

use std::collections::BTreeMap;

use crate::domain::{Embedding, EventId, FaceId, PhotoId};
use crate::store::StoreResult;
use crate::store::sql::{PackId, Reader, ToSql, Writer};

/// sqlite-vec returns no more neighbours than this from one query.
pub(in crate::store) const MAX_NEIGHBOURS: usize = 4096;

/// Name of a pack's table. Consists of our own text and a number, so it can be part of SQL.
fn table(pack: PackId) -> String {
    format!("face_vec_{}", pack.0)
}

pub(in crate::store) fn create(db: &Writer, pack: PackId, dimensions: usize) -> StoreResult<()> {
    // The first face of an event allocates a whole chunk: a chunk size of 256 keeps that at 0.5 MB.
    let sql = format!(
        "create virtual table {} using vec0(
             event_id integer partition key,
             embedding float[{dimensions}],
             chunk_size=256
         )",
        table(pack)
    );
    db.run(&sql, ())
}

pub(in crate::store) fn insert(
    db: &Writer,
    pack: PackId,
    face: FaceId,
    event: EventId,
    embedding: &Embedding,
) -> StoreResult<()> {
    let sql = format!("insert into {} (rowid, event_id, embedding) values (?1, ?2, ?3)", table(pack));
    db.run(&sql, (face, event, vector(embedding)))
}

pub(in crate::store) fn delete_photo(db: &Writer, id: PhotoId) -> StoreResult<()> {
    delete_where(db, "photo_id", id)
}

pub(in crate::store) fn delete_event(db: &Writer, id: EventId) -> StoreResult<()> {
    delete_where(db, "event_id", id)
}

fn delete_where(db: &Writer, column: &str, id: impl ToSql) -> StoreResult<()> {
    let faces: Vec<(FaceId, PackId)> =
        db.all(&format!("select id, pack_id from face where {column} = ?1"), [id])?;
    for (face, pack) in faces {
        db.execute(&format!("delete from {} where rowid = ?1", table(pack)), [face])?;
    }
    Ok(())
}

/// The faces that the index finds most similar, at most `limit` and at most [`MAX_NEIGHBOURS`], in no order.
pub(in crate::store) fn nearest(
    db: &Reader,
    (pack, event): (PackId, EventId),
    query: &Embedding,
    limit: usize,
) -> StoreResult<Vec<FaceId>> {
    let sql =
        format!("select rowid from {} where embedding match ?1 and k = ?2 and event_id = ?3", table(pack));
    db.all(&sql, (vector(query), limit.min(MAX_NEIGHBOURS), event))
}

/// Whether the index of a pack has as many vectors of each event as the table `face`.
pub(in crate::store) fn is_complete(db: &Reader, pack: PackId) -> StoreResult<bool> {
    let name = table(pack);
    let exists: bool =
        db.value("select exists (select 1 from sqlite_schema where name = ?1)", [name.as_str()])?;
    if !exists {
        return Ok(false);
    }
    let faces = db.all("select event_id, count(*) from face where pack_id = ?1 group by event_id", [pack])?;
    // sqlite-vec's own bookkeeping; a count over the virtual table would read vector by vector.
    let vectors = db.all(
        &format!(
            "select chunk.partition00, count(*)
             from {name}_rowids vector join {name}_chunks chunk using (chunk_id)
             group by chunk.partition00"
        ),
        (),
    )?;
    let counts = |rows: Vec<(i64, u64)>| -> BTreeMap<i64, u64> { rows.into_iter().collect() };
    Ok(counts(faces) == counts(vectors))
}

/// Rebuilds the index of a pack; returns how many vectors were written.
pub(in crate::store) fn rebuild(db: &Writer, pack: PackId, dimensions: usize) -> StoreResult<u64> {
    db.execute(&format!("drop table if exists {}", table(pack)), ())?;
    create(db, pack, dimensions)?;
    let mut written = 0;
    let sql = "select id, event_id, embedding from face where pack_id = ?1";
    db.each(sql, [pack], |(face, event, embedding): (FaceId, EventId, Embedding)| {
        written += 1;
        insert(db, pack, face, event, &embedding)
    })?;
    Ok(written)
}

/// Little-endian 32-bit floats, as sqlite-vec takes them.
fn vector(embedding: &Embedding) -> Vec<u8> {
    embedding.as_slice().iter().flat_map(|v| v.to_le_bytes()).collect()
}
