//! Google Drive folders: their pictures and faces, the users' searches of them, and what those found.

pub mod faces;
pub mod files;
pub mod matches;
pub mod queue;
pub mod searches;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::domain::{DriveMatchId, Timestamp};
use crate::store::StoreResult;
use crate::store::blobs::DownloadName;
use crate::store::sql::{Params, Reader, Writer};

/// How many copies the searches have that `filter` selects.
pub(in crate::store) fn count_copies(db: &Reader, filter: &str, params: impl Params) -> StoreResult<u64> {
    let sql = "select count(*) from drive_match join drive_search on drive_search.id = search_id where";
    db.value(&format!("{sql} {filter}"), params)
}

/// Deletes searches that were started before `oldest`, and folders that were last searched before; returns how many of
/// both. The copies go with the next purge.
pub(in crate::store) fn sweep(db: &Writer, oldest: Timestamp) -> StoreResult<usize> {
    matches::record_purges(
        db,
        "select found.id from drive_match found join drive_search search on search.id = found.search_id
         where search.created_at_ms < ?1",
        [oldest],
    )?;
    let searches = db.execute("delete from drive_search where created_at_ms < ?1", [oldest])?;
    let folders = db.execute(
        "delete from drive_folder
         where used_at_ms < ?1 and not exists (select 1 from drive_search where folder_id = drive_folder.id)",
        [oldest],
    )?;
    Ok(searches + folders)
}

/// The blobs that may exist: copies of found pictures, and downloads that an unfinished search will use.
pub(in crate::store) fn list_known(
    db: &Reader,
) -> StoreResult<(HashSet<DriveMatchId>, HashSet<DownloadName>)> {
    let copies = db.all("select id from drive_match", ())?;
    let downloads: Vec<(String, String, String)> = db.all(
        "select folder_id, file_id, version from drive_file
         where folder_id in (select folder_id from drive_search where status in ('pending', 'processing'))",
        (),
    )?;
    let name =
        |(folder, file, version): (String, String, String)| DownloadName::new(&folder, &file, &version);
    Ok((copies.into_iter().collect(), downloads.into_iter().map(name).collect()))
}
