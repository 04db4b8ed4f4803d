//! Google Drive folders: their pictures and faces, the users' searches of them, and what those found.
//!
//! Copies of found pictures are files: whatever deletes matches here notes whose copies are to go with
//! [`Store::purge_blobs`](crate::store::Store::purge_blobs), in the same transaction.

pub mod faces;
pub mod files;
pub mod matches;
pub mod queue;
pub mod searches;
#[cfg(test)]
mod tests;

use crate::store::sql::{Reader, Writer};
use std::collections::HashSet;

use rusqlite::Row;

use crate::domain::{DriveMatchId, DriveSearchId, FaceBox, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::blobs::DownloadName;

/// Deletes searches that were begun before `oldest`, and folders that nobody has searched since. The copies' files go
/// with [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn sweep(tx: &Writer, oldest: Timestamp) -> Result<(), StoreError> {
    let oldest = oldest.unix_ms();
    matches::record_purges(
        tx,
        "select found.id from drive_match found join drive_search search on search.id = found.search_id
         where search.created_at_ms < ?1",
        oldest,
    )?;
    tx.execute("delete from drive_search where created_at_ms < ?1", [oldest])?;
    tx.execute(
        "delete from drive_folder
         where used_at_ms < ?1 and not exists (select 1 from drive_search where folder_id = drive_folder.id)",
        [oldest],
    )?;
    Ok(())
}

/// What may lie on the disk: copies of found pictures, and downloads that a search goes on with.
pub(in crate::store) fn list_known(
    connection: &Reader,
) -> Result<(HashSet<DriveMatchId>, HashSet<DownloadName>), StoreError> {
    let copies = matches::list_ids(connection, "select id from drive_match where id <> ?1", 0)?;
    let mut statement = connection.prepare(
        "select folder_id, file_id, version from drive_file
         where folder_id in (select folder_id from drive_search where status in ('pending', 'processing'))",
    )?;
    let downloads = statement.query_map([], |row| {
        let (folder_id, file_id, version): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(DownloadName::new(&folder_id, &file_id, &version))
    })?;
    Ok((copies.into_iter().collect(), downloads.collect::<Result<_, _>>()?))
}

fn search_id(value: i64) -> Result<DriveSearchId, StoreError> {
    DriveSearchId::from_i64(value).ok_or(StoreError::Corrupt { what: "id of a search" })
}

fn match_id(value: i64) -> Result<DriveMatchId, StoreError> {
    DriveMatchId::from_i64(value).ok_or(StoreError::Corrupt { what: "id of a found picture" })
}

fn user_id(value: i64) -> Result<UserId, StoreError> {
    UserId::from_i64(value).ok_or(StoreError::Corrupt { what: "user id" })
}

fn face_box(row: &Row) -> rusqlite::Result<FaceBox> {
    Ok(FaceBox { x: row.get("x")?, y: row.get("y")?, w: row.get("w")?, h: row.get("h")? })
}
