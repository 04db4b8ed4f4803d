//! Pictures that users' searches found, each with a copy of our own.

use crate::store::sql::{Reader, Writer};
use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{DriveMatch, DriveMatchId, DriveSearchId, Timestamp, UserId};
use crate::store::tables::purges;
use crate::store::{BlobKey, StoreError};

/// Adds a picture to what a search found, once its copy is written. `false` when the search has ended or has the
/// picture already: then the copy belongs to nobody, and is for the caller to delete.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Writer,
    search_id: DriveSearchId,
    file_id: &str,
    found: &DriveMatch,
) -> Result<bool, StoreError> {
    let inserted = tx
        .prepare_cached(
            "insert or ignore into drive_match (id, search_id, file_id, x, y, w, h, similarity, created_at_ms)
             select :id, id, :file_id, :x, :y, :w, :h, :similarity, :created_at_ms
             from drive_search where id = :search_id and status in ('pending', 'processing')",
        )?
        .execute(named_params! {
            ":id": found.id.as_i64(),
            ":search_id": search_id.as_i64(),
            ":file_id": file_id,
            ":x": found.face.x,
            ":y": found.face.y,
            ":w": found.face.w,
            ":h": found.face.h,
            ":similarity": found.similarity,
            ":created_at_ms": found.created_at.unix_ms(),
        })?;
    Ok(inserted > 0)
}

/// What a search has found so far, most similar first.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader, search_id: DriveSearchId) -> Result<Vec<DriveMatch>, StoreError> {
    let mut statement = connection
        .prepare_cached("select * from drive_match where search_id = ?1 order by similarity desc, id")?;
    let matches = statement.query_and_then([search_id.as_i64()], from_row)?;
    matches.collect()
}

/// Who may see a copy: the user whose search found it; `None` where there is no such copy.
///
/// # Errors
/// When the database fails.
pub fn find_owner(connection: &Reader, id: DriveMatchId) -> Result<Option<UserId>, StoreError> {
    connection
        .query_row(
            "select user_id from drive_match join drive_search on drive_search.id = search_id
             where drive_match.id = ?1",
            [id.as_i64()],
            |row| row.get(0),
        )
        .optional()?
        .map(crate::store::tables::drive::user_id)
        .transpose()
}

/// Drive's ids of the pictures that a search has found so far.
///
/// # Errors
/// When the database fails.
pub fn list_file_ids(connection: &Reader, search_id: DriveSearchId) -> Result<HashSet<String>, StoreError> {
    let mut statement = connection.prepare("select file_id from drive_match where search_id = ?1")?;
    let files = statement.query_map([search_id.as_i64()], |row| row.get(0))?;
    Ok(files.collect::<Result<_, _>>()?)
}

/// Records for deletion the copies whose ids a query with one parameter selects.
pub(in crate::store) fn record_purges(tx: &Writer, sql: &str, parameter: i64) -> Result<(), StoreError> {
    purges::record(tx, list_ids(tx, sql, parameter)?.into_iter().map(BlobKey::Copy))
}

/// The ids that a query with one parameter gives.
pub(in crate::store) fn list_ids(
    connection: &Reader,
    sql: &str,
    parameter: i64,
) -> Result<Vec<DriveMatchId>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let ids =
        statement.query_and_then([parameter], |row| crate::store::tables::drive::match_id(row.get(0)?))?;
    ids.collect()
}

fn from_row(row: &Row) -> Result<DriveMatch, StoreError> {
    Ok(DriveMatch {
        id: crate::store::tables::drive::match_id(row.get("id")?)?,
        face: crate::store::tables::drive::face_box(row)?,
        similarity: row.get("similarity")?,
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
    })
}
