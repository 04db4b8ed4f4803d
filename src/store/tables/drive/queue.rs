//! Users' searches of folders, as the worker sees them: durable jobs, leased by moving `free_at_ms` into the future.
//!
//! A worker that dies lets its lease run out; at a start without other processes all leases end at once.

use crate::store::sql::{Reader, Writer};
use std::time::Duration;

use rusqlite::OptionalExtension;

use crate::domain::{DriveSearchId, DriveStatus, Embedding, Timestamp};
use crate::store::sql::vectors;
use crate::store::{PackId, StoreError};

/// Longer than one picture takes, its download among it.
const LEASE: Duration = Duration::from_mins(15);

/// A search to do, leased to whoever got it.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which search.
    pub search_id: DriveSearchId,
    /// Of which folder.
    pub folder_id: String,
    /// What links to old folders carry besides the id.
    pub resource_key: Option<String>,
    /// The pack that made the searched face's embedding.
    pub pack_id: PackId,
    /// Whether its folder was not listed for it before.
    pub is_new: bool,
}

/// A face that is searched for in a folder.
pub struct Wanted {
    /// By which search.
    pub search_id: DriveSearchId,
    /// Whose face.
    pub embedding: Embedding,
}

/// Whether there is a search that is free.
///
/// # Errors
/// When the database fails.
pub fn any_free(connection: &Reader, now: Timestamp) -> Result<bool, StoreError> {
    Ok(connection.query_row(
        "select exists (
             select 1 from drive_search where status in ('pending', 'processing') and free_at_ms <= ?1
         )",
        [now.unix_ms()],
        |row| row.get(0),
    )?)
}

/// Leases the oldest search that is free.
///
/// # Errors
/// When the database fails.
pub fn claim(tx: &Writer, now: Timestamp) -> Result<Option<Job>, StoreError> {
    let free = tx
        .query_row(
            "update drive_search set status = 'processing', free_at_ms = ?2
             where id = (
                 select id from drive_search
                 where status in ('pending', 'processing') and free_at_ms <= ?1
                 order by created_at_ms, id limit 1
             )
             returning id, folder_id, pack_id, is_listed = 0,
                 (select resource_key from drive_folder where drive_folder.id = folder_id)",
            (now.unix_ms(), now.plus(LEASE).unix_ms()),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()?;
    free.map(|(id, folder_id, pack_id, is_new, resource_key)| {
        let search_id = crate::store::tables::drive::search_id(id)?;
        Ok(Job { search_id, folder_id, resource_key, pack_id: PackId::from_i64(pack_id), is_new })
    })
    .transpose()
}

/// Prolongs a lease; `false` when the search was deleted meanwhile.
///
/// # Errors
/// When the database fails.
pub fn renew(tx: &Writer, id: DriveSearchId, now: Timestamp) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "update drive_search set free_at_ms = ?2 where id = ?1 and status = 'processing'",
        (id.as_i64(), now.plus(LEASE).unix_ms()),
    )?;
    Ok(changed > 0)
}

/// Tells the user what is being done.
///
/// # Errors
/// When the database fails.
pub fn tell(tx: &Writer, id: DriveSearchId, message: &str) -> Result<(), StoreError> {
    tx.execute(
        "update drive_search set message = ?2 where id = ?1 and status = 'processing'",
        (id.as_i64(), message),
    )?;
    Ok(())
}

/// Notes that a search's folder was listed for it.
///
/// # Errors
/// When the database fails.
pub fn mark_listed(tx: &Writer, id: DriveSearchId) -> Result<(), StoreError> {
    tx.execute("update drive_search set is_listed = 1 where id = ?1", [id.as_i64()])?;
    Ok(())
}

/// Brings the counts of all unfinished searches of a folder up to date.
///
/// # Errors
/// When the database fails.
pub fn count_files(tx: &Writer, folder_id: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "update drive_search
         set (files_total, files_done, files_failed) = (
             select count(*), count(*) filter (where state <> 'pending'),
                    count(*) filter (where state in ('failed', 'denied'))
             from drive_file where drive_file.folder_id = ?1
         )
         where folder_id = ?1 and status in ('pending', 'processing')",
    )?
    .execute([folder_id])?;
    Ok(())
}

/// The faces that unfinished searches look for in a folder, of those that the pack recognised.
///
/// # Errors
/// When the database fails.
pub fn list_wanted(connection: &Reader, folder_id: &str, pack_id: PackId) -> Result<Vec<Wanted>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id, embedding from drive_search
         where folder_id = ?1 and pack_id = ?2 and status in ('pending', 'processing')
         order by created_at_ms, id",
    )?;
    let wanted = statement.query_and_then((folder_id, pack_id.as_i64()), |row| {
        let blob = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(Wanted {
            search_id: crate::store::tables::drive::search_id(row.get(0)?)?,
            embedding: vectors::embedding(blob)?,
        })
    })?;
    wanted.collect()
}

/// Ends a lease: the search goes on at `free_at`.
///
/// # Errors
/// When the database fails.
pub fn put_back(tx: &Writer, id: DriveSearchId, free_at: Timestamp, message: &str) -> Result<(), StoreError> {
    tx.execute(
        "update drive_search set status = 'pending', message = ?3, free_at_ms = ?2
         where id = ?1 and status = 'processing'",
        (id.as_i64(), free_at.unix_ms(), message),
    )?;
    Ok(())
}

/// Ends a lease early without a word, as when the program ends.
///
/// # Errors
/// When the database fails.
pub fn release(tx: &Writer, id: DriveSearchId) -> Result<(), StoreError> {
    tx.execute(
        "update drive_search set free_at_ms = 0 where id = ?1 and status = 'processing'",
        [id.as_i64()],
    )?;
    Ok(())
}

/// Ends a search that is worked on, and forgets whom it was for. One that ended otherwise meanwhile stays as it is.
///
/// # Errors
/// When the database fails, or `status` is not one that a search ends with.
pub fn end(
    tx: &Writer,
    id: DriveSearchId,
    status: DriveStatus,
    message: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "update drive_folder set used_at_ms = ?2
         where id = (select folder_id from drive_search where id = ?1)",
        (id.as_i64(), now.unix_ms()),
    )?;
    tx.execute(
        "update drive_search
         set status = ?2, message = ?3, pack_id = null, embedding = null, free_at_ms = 0
         where id = ?1 and status = 'processing'",
        (id.as_i64(), status.as_str(), message),
    )?;
    Ok(())
}

/// With nobody else in the data folder: whoever held a lease is gone.
pub(in crate::store) fn release_all(tx: &Writer) -> Result<(), StoreError> {
    tx.execute("update drive_search set free_at_ms = 0 where status = 'processing'", [])?;
    Ok(())
}
