//! The record of what was erased. Rows are only added, and signed once, by `erasing`.

use crate::domain::{Digest, ErasedCounts, Erasure, ErasureKind, ErasureReason, Timestamp, UserId};
use crate::store::StoreResult;
use crate::store::sql::{FromRow, Reader, Row, Writer};

/// An entry to add.
#[derive(Clone, Debug)]
pub struct NewErasure {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: ErasureKind,
    /// Why.
    pub reason: ErasureReason,
    /// The event and its owner, if it is about an event.
    pub event: Option<(String, Option<UserId>)>,
    /// How much.
    pub counts: ErasedCounts,
}

/// Adds an entry, which is signed later.
pub(in crate::store) fn insert(db: &Writer, new: &NewErasure) -> StoreResult<()> {
    let (name, owner) = new.event.clone().unzip();
    let ErasedCounts { photos, faces, people, selfies, copies } = new.counts;
    db.run(
        "insert into erasure (number, at_ms, kind, reason, event_name, owner_id, photos, faces, people, selfies, copies)
         values ((select coalesce(max(number), 0) + 1 from erasure), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (new.at, new.kind, new.reason, name, owner.flatten(), photos, faces, people, selfies, copies),
    )
}

/// All entries, oldest first.
pub fn list(db: &Reader) -> StoreResult<Vec<Erasure>> {
    db.all("select * from erasure order by number", ())
}

/// Those about events of this owner, oldest first.
pub fn list_owned(db: &Reader, owner: UserId) -> StoreResult<Vec<Erasure>> {
    db.all("select * from erasure where owner_id = ?1 order by number", [owner])
}

/// The entry with this number.
pub(in crate::store) fn find(db: &Reader, number: u64) -> StoreResult<Option<Erasure>> {
    db.one("select * from erasure where number = ?1", [number])
}

/// The last entry that is signed.
pub(in crate::store) fn find_last_signed(db: &Reader) -> StoreResult<Option<Erasure>> {
    db.one("select * from erasure where signature is not null order by number desc limit 1", ())
}

/// The entries that are not signed yet, oldest first.
pub(in crate::store) fn list_unsigned(db: &Reader) -> StoreResult<Vec<Erasure>> {
    db.all("select * from erasure where signature is null order by number", ())
}

/// Signs an entry.
pub(in crate::store) fn sign(db: &Writer, number: u64, seal: Digest, signature: &[u8]) -> StoreResult<()> {
    db.run("update erasure set seal = ?2, signature = ?3 where number = ?1", (number, seal, signature))
}

impl FromRow for Erasure {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            number: row.get("number")?,
            at: row.get("at_ms")?,
            kind: row.get("kind")?,
            reason: row.get("reason")?,
            event_name: row.get("event_name")?,
            owner_id: row.get("owner_id")?,
            counts: ErasedCounts {
                photos: row.get("photos")?,
                faces: row.get("faces")?,
                people: row.get("people")?,
                selfies: row.get("selfies")?,
                copies: row.get("copies")?,
            },
            seal: row.get("seal")?,
            signature: row.get("signature")?,
        })
    }
}
