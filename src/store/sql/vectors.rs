//! The vector index: one `vec0` table (sqlite-vec) for each pack, so that vectors of different packs cannot meet,
//! partitioned by event, so that those of different events do not. Derived from the table `face`: filled in the same
//! transactions, compared with it at start, rebuilt at will.
//!
//! Distances are Euclidean between unit vectors: `distance^2 = 2 - 2 * cosine similarity`.

use crate::store::sql::{Reader, Writer};
use std::collections::BTreeMap;

use rusqlite::OptionalExtension;

use crate::domain::{Embedding, EventId, PhotoId};
use crate::store::StoreError;
use crate::store::tables::packs;
use crate::store::tables::packs::PackId;

/// sqlite-vec gives no more neighbours than this from one query.
pub(in crate::store) const MAX_NEIGHBOURS: usize = 4096;

/// Name of a pack's table. Made of a number of ours alone, so it can stand in SQL.
pub(in crate::store) fn table(pack: PackId) -> String {
    format!("face_vec_{}", pack.as_i64())
}

pub(in crate::store) fn create(tx: &Writer, pack: PackId, dimensions: usize) -> Result<(), StoreError> {
    // The first face of an event allocates a whole chunk: 256 keep that at 0.5 MB.
    tx.execute_batch(&format!(
        "create virtual table {} using vec0(
             event_id integer partition key,
             embedding float[{dimensions}],
             chunk_size=256
         )",
        table(pack)
    ))?;
    Ok(())
}

pub(in crate::store) fn insert(
    tx: &Writer,
    pack: PackId,
    face_id: i64,
    event_id: EventId,
    embedding: &Embedding,
) -> Result<(), StoreError> {
    tx.prepare_cached(&format!(
        "insert into {} (rowid, event_id, embedding) values (?1, ?2, ?3)",
        table(pack)
    ))?
    .execute((face_id, event_id.as_i64(), to_blob(embedding)))?;
    Ok(())
}

pub(in crate::store) fn delete_photo(tx: &Writer, id: PhotoId) -> Result<(), StoreError> {
    delete_where(tx, "photo_id", id.as_i64())
}

pub(in crate::store) fn delete_event(tx: &Writer, id: EventId) -> Result<(), StoreError> {
    delete_where(tx, "event_id", id.as_i64())
}

fn delete_where(tx: &Writer, column: &str, id: i64) -> Result<(), StoreError> {
    let mut faces = tx.prepare(&format!("select id, pack_id from face where {column} = ?1"))?;
    let faces: Vec<(i64, i64)> =
        faces.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (pack, _) in packs::list(tx)? {
        let mut delete = tx.prepare(&format!("delete from {} where rowid = ?1", table(pack)))?;
        for (face, _) in faces.iter().filter(|(_, of)| *of == pack.as_i64()) {
            delete.execute([face])?;
        }
    }
    Ok(())
}

/// Whether the index of each pack has as many vectors of each event as the table `face`.
pub(in crate::store) fn are_complete(tx: &Reader) -> Result<bool, StoreError> {
    for (pack, _) in packs::list(tx)? {
        if !is_complete(tx, pack)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Fills the index of each pack anew; returns how many vectors were written.
pub(in crate::store) fn rebuild(tx: &Writer) -> Result<u64, StoreError> {
    let mut written = 0;
    for (pack, dimensions) in packs::list(tx)? {
        tx.execute_batch(&format!("drop table if exists {}", table(pack)))?;
        create(tx, pack, dimensions)?;
        let mut faces = tx.prepare("select id, event_id, embedding from face where pack_id = ?1")?;
        let mut rows = faces.query([pack.as_i64()])?;
        while let Some(row) = rows.next()? {
            let event_id = EventId::from_i64(row.get(1)?).ok_or(StoreError::Corrupt { what: "event id" })?;
            let record = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            insert(tx, pack, row.get(0)?, event_id, &embedding(record)?)?;
            written += 1;
        }
    }
    Ok(written)
}

fn is_complete(tx: &Reader, pack: PackId) -> Result<bool, StoreError> {
    let exists =
        tx.query_row("select 1 from sqlite_schema where name = ?1", [table(pack)], |_| Ok(())).optional()?;
    if exists.is_none() {
        return Ok(false);
    }
    let counts = |sql: &str| -> rusqlite::Result<BTreeMap<i64, i64>> {
        tx.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let name = table(pack);
    let pack = pack.as_i64();
    let faces =
        counts(&format!("select event_id, count(*) from face where pack_id = {pack} group by event_id"))?;
    // sqlite-vec's own bookkeeping, which a count over the virtual table would read vector by vector.
    let vectors = counts(&format!(
        "select chunk.partition00, count(*)
         from {name}_rowids vector join {name}_chunks chunk using (chunk_id)
         group by chunk.partition00"
    ))?;
    Ok(faces == vectors)
}

/// Little-endian 32-bit floats, as sqlite-vec takes them.
pub(in crate::store) fn to_blob(embedding: &Embedding) -> Vec<u8> {
    embedding.as_slice().iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// From the form of record.
pub(in crate::store) fn embedding(blob: &[u8]) -> Result<Embedding, StoreError> {
    Embedding::from_f16_bytes(blob).map_err(|_| StoreError::Corrupt { what: "embedding" })
}
