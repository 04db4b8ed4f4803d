//! The pictures of a folder: what Drive lists, and whether their faces are known.

use std::collections::{HashMap, HashSet};

use crate::store::sql::{Reader, Writer, from_row};
use crate::store::tables::drive::queue;
use crate::store::{PackId, StoreResult};

/// A picture fails after this many attempts or requests in vain.
const MAX_ATTEMPTS: u32 = 10;

/// A picture as Drive lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Drive's id.
    pub id: String,
    /// What Drive requires in addition to the id, for old files.
    pub resource_key: Option<String>,
    /// Changes when the content does.
    pub version: String,
    /// Size of the file, if Drive states it.
    pub size_bytes: Option<u64>,
    /// URL of a smaller picture to use in place of the file.
    pub thumbnail: Option<String>,
    /// Whether the file itself can be decoded.
    pub readable: bool,
}

/// Why the faces of a picture are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The picture's own fault, until it changes.
    Final,
    /// Drive did not deliver it, or the program failed: the next search tries again.
    ForNow,
}

/// Stores a listing: new and changed pictures become pending, as do those that another pack indexed; the faces of
/// changed ones are deleted.
pub fn record(db: &Writer, folder_id: &str, pack_id: PackId, listed: &[ListedFile]) -> StoreResult<()> {
    let known: Vec<(String, String, Option<PackId>)> =
        db.all("select file_id, version, pack_id from drive_file where folder_id = ?1", [folder_id])?;
    let known: HashMap<&str, (&str, Option<PackId>)> =
        known.iter().map(|(id, version, pack)| (id.as_str(), (version.as_str(), *pack))).collect();
    for file in listed {
        let unchanged = known.get(file.id.as_str()).is_some_and(|(version, indexed_by)| {
            *version == file.version && indexed_by.is_none_or(|pack| pack == pack_id)
        });
        if !unchanged {
            delete(db, folder_id, &file.id)?;
        }
        // URLs of smaller pictures are new with every listing.
        db.execute(
            "insert into drive_file (folder_id, file_id, resource_key, version, size_bytes, thumbnail, readable, state)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending')
             on conflict (folder_id, file_id) do update set
                 resource_key = excluded.resource_key, size_bytes = excluded.size_bytes,
                 thumbnail = excluded.thumbnail, readable = excluded.readable",
            (
                folder_id,
                &file.id,
                &file.resource_key,
                &file.version,
                file.size_bytes,
                &file.thumbnail,
                file.readable,
            ),
        )?;
    }
    Ok(())
}

/// Deletes pictures that are missing from a complete listing.
pub fn forget_others(db: &Writer, folder_id: &str, listed: &[ListedFile]) -> StoreResult<()> {
    let listed: HashSet<&str> = listed.iter().map(|file| file.id.as_str()).collect();
    let known: Vec<String> = db.all("select file_id from drive_file where folder_id = ?1", [folder_id])?;
    known.iter().filter(|id| !listed.contains(id.as_str())).try_for_each(|id| delete(db, folder_id, id))
}

fn delete(db: &Writer, folder_id: &str, file_id: &str) -> StoreResult<()> {
    db.run("delete from drive_file where folder_id = ?1 and file_id = ?2", (folder_id, file_id))
}

/// Makes pictures pending again that were refused for now.
pub fn ask_again(db: &Writer, folder_id: &str) -> StoreResult<()> {
    db.run(
        "update drive_file set state = 'pending', failure = null, attempts = 0
         where folder_id = ?1 and state = 'denied'",
        [folder_id],
    )
}

/// A pending picture; those with the fewest attempts first.
pub fn find_pending(db: &Reader, folder_id: &str) -> StoreResult<Option<ListedFile>> {
    db.one(
        "select * from drive_file where folder_id = ?1 and state = 'pending'
         order by attempts, file_id limit 1",
        [folder_id],
    )
}

/// Counts an attempt at a picture; `false` if that was one too many, and the picture has failed.
pub fn count_attempt(db: &Writer, folder_id: &str, file: &ListedFile) -> StoreResult<bool> {
    let attempts: Option<u32> = db.one(
        "update drive_file set attempts = attempts + 1
         where folder_id = ?1 and file_id = ?2 and version = ?3
         returning attempts",
        (folder_id, &file.id, &file.version),
    )?;
    if attempts.is_none_or(|attempts| attempts <= MAX_ATTEMPTS) {
        return Ok(true);
    }
    fail(db, folder_id, file, Refusal::ForNow, &format!("given up after {MAX_ATTEMPTS} attempts"))?;
    Ok(false)
}

/// Marks a picture as refused, unless it has changed meanwhile; its faces are deleted.
pub fn fail(
    db: &Writer,
    folder_id: &str,
    file: &ListedFile,
    refusal: Refusal,
    reason: &str,
) -> StoreResult<()> {
    let state = match refusal {
        Refusal::Final => "failed",
        Refusal::ForNow => "denied",
    };
    let changed = db.execute(
        "update drive_file
         set state = ?4, failure = ?5, pack_id = null, width = null, height = null
         where folder_id = ?1 and file_id = ?2 and version = ?3",
        (folder_id, &file.id, &file.version, state, reason),
    )?;
    if changed > 0 {
        db.execute("delete from drive_face where folder_id = ?1 and file_id = ?2", (folder_id, &file.id))?;
        queue::count_files(db, folder_id)?;
    }
    Ok(())
}

from_row!(ListedFile {
    id: "file_id",
    resource_key: "resource_key",
    version: "version",
    size_bytes: "size_bytes",
    thumbnail: "thumbnail",
    readable: "readable",
});
