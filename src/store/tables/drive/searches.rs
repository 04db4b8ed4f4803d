//! Users' searches of folders, as their users see them.

use crate::domain::{DriveCounts, DriveSearch, DriveSearchId, Embedding, Timestamp, UserId};
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::drive::matches;
use crate::store::{PackId, StoreError, StoreResult};

/// A search to create.
#[derive(Clone)]
pub struct NewSearch {
    /// The user who searches.
    pub user_id: UserId,
    /// Drive's id of the folder.
    pub folder_id: String,
    /// What links to old folders carry in addition to the id.
    pub resource_key: Option<String>,
    /// The folder's name at Drive.
    pub folder_name: String,
    /// The link as the user gave it.
    pub url: String,
    /// The pack that made the embedding.
    pub pack_id: PackId,
    /// The face to find.
    pub embedding: Embedding,
}

const SELECT: &str = "select drive_search.*, drive_folder.name as folder_name
                      from drive_search join drive_folder on drive_folder.id = drive_search.folder_id";

/// Adds a pending search. If the same user has an unfinished search of the same folder, returns that one and adds
/// nothing.
pub fn create(db: &Writer, search: &NewSearch, now: Timestamp) -> StoreResult<DriveSearch> {
    db.execute(
        "insert into drive_folder (id, resource_key, name, used_at_ms) values (?1, ?2, ?3, ?4)
         on conflict (id) do update set
             resource_key = coalesce(excluded.resource_key, drive_folder.resource_key),
             name = excluded.name, used_at_ms = excluded.used_at_ms",
        (&search.folder_id, &search.resource_key, &search.folder_name, now),
    )?;
    if let Some(unfinished) = find_unfinished(db, search.user_id, &search.folder_id)? {
        return Ok(unfinished);
    }
    let id = DriveSearchId::random();
    db.execute(
        "insert into drive_search (id, user_id, folder_id, url, status, message, pack_id, embedding, created_at_ms)
         values (?1, ?2, ?3, ?4, 'pending', 'the search waits for its turn', ?5, ?6, ?7)",
        (id, search.user_id, &search.folder_id, &search.url, search.pack_id, &search.embedding, now),
    )?;
    find(db, id)?.ok_or(StoreError::Corrupt { what: "search" })
}

/// A user's unfinished search of a folder.
pub fn find_unfinished(db: &Reader, user_id: UserId, folder_id: &str) -> StoreResult<Option<DriveSearch>> {
    db.one(
        &format!(
            "{SELECT} where user_id = ?1 and folder_id = ?2 and status in ('pending', 'processing')
             order by created_at_ms limit 1"
        ),
        (user_id, folder_id),
    )
}

/// The search with this id.
pub fn find(db: &Reader, id: DriveSearchId) -> StoreResult<Option<DriveSearch>> {
    db.one(&format!("{SELECT} where drive_search.id = ?1"), [id])
}

/// A page of a user's searches, newest first: at most `limit`, after the first `skip`.
pub fn list(db: &Reader, user_id: UserId, skip: u32, limit: u32) -> StoreResult<Vec<DriveSearch>> {
    db.all(
        &format!(
            "{SELECT} where user_id = ?1 order by created_at_ms desc, drive_search.id limit ?2 offset ?3"
        ),
        (user_id, limit, skip),
    )
}

/// How many searches a user has, and how many of them are unfinished.
pub fn count(db: &Reader, user_id: UserId) -> StoreResult<(u32, u32)> {
    db.value(
        "select count(*), count(*) filter (where status in ('pending', 'processing'))
         from drive_search where user_id = ?1",
        [user_id],
    )
}

/// Deletes a search with what it found, finished or not. The copies go with the next purge.
pub fn delete(db: &Writer, id: DriveSearchId) -> StoreResult<()> {
    matches::record_purges(db, "select id from drive_match where search_id = ?1", [id])?;
    db.run("delete from drive_search where id = ?1", [id])
}

impl FromRow for DriveSearch {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            id: row.get("id")?,
            user_id: row.get("user_id")?,
            folder_id: row.get("folder_id")?,
            folder_name: row.get("folder_name")?,
            url: row.get("url")?,
            status: row.get("status")?,
            message: row.get("message")?,
            counts: DriveCounts {
                total: row.get("files_total")?,
                done: row.get("files_done")?,
                failed: row.get("files_failed")?,
            },
            created_at: row.get("created_at_ms")?,
        })
    }
}
