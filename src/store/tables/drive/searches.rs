//! Users' searches of folders, as their users see them.

use crate::store::sql::{Reader, Writer};
use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{DriveCounts, DriveSearch, DriveSearchId, Embedding, Timestamp, UserId};
use crate::store::tables::drive::matches;
use crate::store::{PackId, StoreError};

/// What a search is made of.
#[derive(Clone)]
pub struct NewSearch {
    /// Whose it will be.
    pub user_id: UserId,
    /// Drive's id of the folder.
    pub folder_id: String,
    /// What links to old folders carry besides the id.
    pub resource_key: Option<String>,
    /// The folder's name at Drive.
    pub folder_name: String,
    /// The link as the user gave it.
    pub url: String,
    /// The pack that made the embedding.
    pub pack_id: PackId,
    /// Whom to find.
    pub embedding: Embedding,
}

const SELECT: &str = "select drive_search.*, drive_folder.name as folder_name
                      from drive_search join drive_folder on drive_folder.id = drive_search.folder_id";

/// Adds a search, which waits for its turn. Where the same user's search of the same folder has not ended yet, that
/// one is returned and nothing is added.
///
/// # Errors
/// When the database fails, or the user is gone.
pub fn create(tx: &Writer, search: &NewSearch, now: Timestamp) -> Result<DriveSearch, StoreError> {
    tx.execute(
        "insert into drive_folder (id, resource_key, name, used_at_ms) values (?1, ?2, ?3, ?4)
         on conflict (id) do update set
             resource_key = coalesce(excluded.resource_key, resource_key),
             name = excluded.name, used_at_ms = excluded.used_at_ms",
        (&search.folder_id, &search.resource_key, &search.folder_name, now.unix_ms()),
    )?;
    if let Some(unfinished) = find_unfinished(tx, search.user_id, &search.folder_id)? {
        return Ok(unfinished);
    }
    let id = DriveSearchId::random();
    tx.execute(
        "insert into drive_search (id,  user_id,  folder_id,  url,  status,    message,
                                   pack_id,  embedding,  created_at_ms)
         values                   (:id, :user_id, :folder_id, :url, 'pending', 'the search waits for its turn',
                                   :pack_id, :embedding, :created_at_ms)",
        named_params! {
            ":id": id.as_i64(),
            ":user_id": search.user_id.as_i64(),
            ":folder_id": search.folder_id,
            ":url": search.url,
            ":pack_id": search.pack_id.as_i64(),
            ":embedding": search.embedding.to_f16_bytes(),
            ":created_at_ms": now.unix_ms(),
        },
    )?;
    find(tx, id)?.ok_or(StoreError::Corrupt { what: "search" })
}

/// A user's search of a folder that has not ended.
///
/// # Errors
/// When the database fails.
pub fn find_unfinished(
    connection: &Reader,
    user_id: UserId,
    folder_id: &str,
) -> Result<Option<DriveSearch>, StoreError> {
    let sql = format!(
        "{SELECT} where user_id = ?1 and folder_id = ?2 and status in ('pending', 'processing')
         order by created_at_ms limit 1"
    );
    connection.query_row(&sql, (user_id.as_i64(), folder_id), |row| Ok(from_row(row))).optional()?.transpose()
}

/// The search with this id.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, id: DriveSearchId) -> Result<Option<DriveSearch>, StoreError> {
    connection
        .query_row(&format!("{SELECT} where drive_search.id = ?1"), [id.as_i64()], |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

/// A page of a user's searches, newest first: at most `limit`, after the first `skip`.
///
/// # Errors
/// When the database fails.
pub fn list(
    connection: &Reader,
    user_id: UserId,
    skip: u32,
    limit: u32,
) -> Result<Vec<DriveSearch>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "{SELECT} where user_id = ?1 order by created_at_ms desc, drive_search.id limit ?2 offset ?3"
    ))?;
    let searches = statement.query_and_then((user_id.as_i64(), limit, skip), from_row)?;
    searches.collect()
}

/// How many searches a user has, and how many of them have not ended.
///
/// # Errors
/// When the database fails.
pub fn count(connection: &Reader, user_id: UserId) -> Result<(u32, u32), StoreError> {
    Ok(connection.query_row(
        "select count(*), count(*) filter (where status in ('pending', 'processing'))
         from drive_search where user_id = ?1",
        [user_id.as_i64()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Deletes a search with what it found, whether it has ended or not. The copies' files go with
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs).
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: DriveSearchId) -> Result<(), StoreError> {
    matches::record_purges(tx, "select id from drive_match where search_id = ?1", id.as_i64())?;
    tx.execute("delete from drive_search where id = ?1", [id.as_i64()])?;
    Ok(())
}

fn from_row(row: &Row) -> Result<DriveSearch, StoreError> {
    let status: String = row.get("status")?;
    Ok(DriveSearch {
        id: crate::store::tables::drive::search_id(row.get("id")?)?,
        user_id: crate::store::tables::drive::user_id(row.get("user_id")?)?,
        folder_id: row.get("folder_id")?,
        folder_name: row.get("folder_name")?,
        url: row.get("url")?,
        status: status.parse().map_err(|()| StoreError::Corrupt { what: "status of a search" })?,
        message: row.get("message")?,
        counts: DriveCounts {
            total: row.get("files_total")?,
            done: row.get("files_done")?,
            failed: row.get("files_failed")?,
        },
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
    })
}
