//! Damaged files of photos, and how far the check that finds them has come.

use crate::domain::{Fault, PhotoId, Timestamp, UserId};
use crate::store::sql::{Reader, Writer, from_row};
use crate::store::tables::photo_files::PhotoFile;
use crate::store::{BlobKey, StoreResult};

/// A damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Whose.
    pub photo_id: PhotoId,
    /// Name of its event.
    pub event_name: String,
    /// The photo's file name.
    pub file_name: String,
    /// The file.
    pub blob: BlobKey,
    /// What is wrong with it.
    pub fault: Fault,
}

from_row!(Damage {
    photo_id: "photo_id",
    event_name: "event_name",
    file_name: "file_name",
    blob: "blob",
    fault: "fault",
});

/// Records what is wrong with a blob of a file; `true` if it was not known. A photo whose original is damaged is
/// marked.
pub fn record(
    db: &Writer,
    file: &PhotoFile,
    blob: &BlobKey,
    fault: Fault,
    now: Timestamp,
) -> StoreResult<bool> {
    if db.execute("update damage set fault = ?2 where blob = ?1", (blob, fault))? > 0 {
        return Ok(false);
    }
    let marked = *blob == file.original()
        && db.execute(
            "update photo set damaged = true
             where id = ?1 and coalesce(file_id, id) = ?2 and damaged = false",
            (file.photo_id, file.file_id),
        )? > 0;
    let sql = "insert into damage (blob, photo_id, fault, marked, found_at_ms)
               select ?1, id, ?3, ?4, ?5 from photo where id = ?2";
    Ok(db.execute(sql, (blob, file.photo_id, fault, marked, now))? > 0)
}

/// A blob is as it should be again; `true` if it was damaged.
pub fn forget(db: &Writer, blob: &BlobKey) -> StoreResult<bool> {
    db.run(
        "update photo set damaged = false
         where id in (select photo_id from damage where blob = ?1 and marked = true)",
        [blob],
    )?;
    Ok(db.execute("delete from damage where blob = ?1", [blob])? > 0)
}

/// What is known to be damaged of a photo.
pub fn list_of(db: &Reader, photo: PhotoId) -> StoreResult<Vec<BlobKey>> {
    db.all("select blob from damage where photo_id = ?1", [photo])
}

/// What was found last in events of this owner, at most `limit`.
pub fn list(db: &Reader, owner: UserId, limit: usize) -> StoreResult<Vec<Damage>> {
    db.all(
        "select photo_id, event.name as event_name, photo.file_name, blob, fault
         from damage join photo on photo.id = photo_id join event on event.id = photo.event_id
         where event.owner_id = ?1
         order by found_at_ms desc, blob limit ?2",
        (owner, limit),
    )
}

/// How many files are damaged.
pub fn count(db: &Reader) -> StoreResult<u64> {
    db.value("select count(*) from damage", ())
}

/// How far a check of all files has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The photo that was checked last, 0 before the first; `None` when all were checked.
    pub after_photo: Option<i64>,
    /// When it began.
    pub began_at: Timestamp,
}

from_row!(Position { after_photo: "after_photo", began_at: "began_at_ms" });

/// How far the last check has come, if there was one.
pub fn position(db: &Reader) -> StoreResult<Option<Position>> {
    db.one("select * from scrub", ())
}

/// Keeps how far the check has come.
pub fn set_position(db: &Writer, position: Position) -> StoreResult<()> {
    db.run(
        "insert into scrub (id, after_photo, began_at_ms) values (1, ?1, ?2)
         on conflict (id) do update set after_photo = excluded.after_photo, began_at_ms = excluded.began_at_ms",
        (position.after_photo, position.began_at),
    )
}
