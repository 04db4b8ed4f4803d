//! The pictures of a folder: what Drive lists, and how far their faces are known.

use crate::store::sql::{Reader, Writer};
use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension, Row, named_params};

use crate::store::{PackId, StoreError};

/// A picture that was begun so often, or asked for in vain, is given up.
const MAX_ATTEMPTS: u32 = 10;

/// A picture as Drive lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Drive's id.
    pub id: String,
    /// What Drive wants to hear besides the id, for old files.
    pub resource_key: Option<String>,
    /// Changes when the content does.
    pub version: String,
    /// Size of the file, where Drive tells it.
    pub size_bytes: Option<u64>,
    /// Address of a smaller picture to take in place of the file.
    pub thumbnail: Option<String>,
    /// Whether the file itself is of a kind that can be decoded.
    pub readable: bool,
}

/// Why the faces of a picture are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The picture's own fault, until it changes.
    Final,
    /// Drive did not give it, or the program failed: the next search tries again.
    ForNow,
}

/// Takes over a listing: new and changed pictures wait for their faces, as do those that another pack searched; the
/// faces of changed ones are forgotten.
///
/// # Errors
/// When the database fails.
pub fn record(
    tx: &Writer,
    folder_id: &str,
    pack_id: PackId,
    listed: &[ListedFile],
) -> Result<(), StoreError> {
    let mut known: HashMap<String, (String, Option<i64>)> = tx
        .prepare("select file_id, version, pack_id from drive_file where folder_id = ?1")?
        .query_map([folder_id], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect::<Result<_, _>>()?;
    for file in listed {
        let unchanged = known.remove(&file.id).is_some_and(|(version, searched_with)| {
            version == file.version && searched_with.is_none_or(|pack| pack == pack_id.as_i64())
        });
        if !unchanged {
            delete(tx, folder_id, &file.id)?;
        }
        // Addresses of smaller pictures are new with every listing.
        tx.prepare_cached(
            "insert into drive_file (folder_id,  file_id,  resource_key,  version,  size_bytes,
                                     thumbnail,  readable,  state)
             values                 (:folder_id, :file_id, :resource_key, :version, :size_bytes,
                                     :thumbnail, :readable, 'pending')
             on conflict (folder_id, file_id) do update set
                 resource_key = excluded.resource_key, size_bytes = excluded.size_bytes,
                 thumbnail = excluded.thumbnail, readable = excluded.readable",
        )?
        .execute(named_params! {
            ":folder_id": folder_id,
            ":file_id": file.id,
            ":resource_key": file.resource_key,
            ":version": file.version,
            ":size_bytes": file.size_bytes.and_then(|size| i64::try_from(size).ok()),
            ":thumbnail": file.thumbnail,
            ":readable": file.readable,
        })?;
    }
    Ok(())
}

/// Forgets pictures that a whole listing has not.
///
/// # Errors
/// When the database fails.
pub fn forget_others(tx: &Writer, folder_id: &str, listed: &[ListedFile]) -> Result<(), StoreError> {
    let listed: HashSet<&str> = listed.iter().map(|file| file.id.as_str()).collect();
    let known: Vec<String> = tx
        .prepare("select file_id from drive_file where folder_id = ?1")?
        .query_map([folder_id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    known.iter().filter(|id| !listed.contains(id.as_str())).try_for_each(|id| delete(tx, folder_id, id))
}

fn delete(tx: &Writer, folder_id: &str, file_id: &str) -> Result<(), StoreError> {
    tx.prepare_cached("delete from drive_file where folder_id = ?1 and file_id = ?2")?
        .execute((folder_id, file_id))?;
    Ok(())
}

/// Lets those pictures wait again that were given up for now.
///
/// # Errors
/// When the database fails.
pub fn ask_again(tx: &Writer, folder_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "update drive_file set state = 'pending', failure = null, attempts = 0
         where folder_id = ?1 and state = 'denied'",
        [folder_id],
    )?;
    Ok(())
}

/// A picture that waits; those that made no trouble first.
///
/// # Errors
/// When the database fails.
pub fn find_pending(connection: &Reader, folder_id: &str) -> Result<Option<ListedFile>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select * from drive_file where folder_id = ?1 and state = 'pending'
         order by attempts, file_id limit 1",
    )?;
    Ok(statement.query_row([folder_id], from_row).optional()?)
}

/// Counts an attempt at a picture; `false` when that was one too many, and it is given up.
///
/// # Errors
/// When the database fails.
pub fn count_attempt(tx: &Writer, folder_id: &str, file: &ListedFile) -> Result<bool, StoreError> {
    let attempts: Option<u32> = tx
        .query_row(
            "update drive_file set attempts = attempts + 1
             where folder_id = ?1 and file_id = ?2 and version = ?3
             returning attempts",
            (folder_id, &file.id, &file.version),
            |row| row.get(0),
        )
        .optional()?;
    if attempts.is_none_or(|attempts| attempts <= MAX_ATTEMPTS) {
        return Ok(true);
    }
    let reason = format!("given up after {MAX_ATTEMPTS} attempts");
    fail(tx, folder_id, file, Refusal::ForNow, &reason)?;
    Ok(false)
}

/// Gives a picture up, unless it has changed meanwhile; its faces, if any, are forgotten.
///
/// # Errors
/// When the database fails.
pub fn fail(
    tx: &Writer,
    folder_id: &str,
    file: &ListedFile,
    refusal: Refusal,
    reason: &str,
) -> Result<(), StoreError> {
    let state = match refusal {
        Refusal::Final => "failed",
        Refusal::ForNow => "denied",
    };
    let changed = tx.execute(
        "update drive_file
         set state = ?4, failure = ?5, pack_id = null, width = null, height = null
         where folder_id = ?1 and file_id = ?2 and version = ?3",
        (folder_id, &file.id, &file.version, state, reason),
    )?;
    if changed > 0 {
        tx.execute("delete from drive_face where folder_id = ?1 and file_id = ?2", (folder_id, &file.id))?;
        crate::store::tables::drive::queue::count_files(tx, folder_id)?;
    }
    Ok(())
}

/// From all columns of `drive_file`.
pub(in crate::store) fn from_row(row: &Row) -> rusqlite::Result<ListedFile> {
    Ok(ListedFile {
        id: row.get("file_id")?,
        resource_key: row.get("resource_key")?,
        version: row.get("version")?,
        size_bytes: row.get::<_, Option<i64>>("size_bytes")?.and_then(|size| u64::try_from(size).ok()),
        thumbnail: row.get("thumbnail")?,
        readable: row.get("readable")?,
    })
}
