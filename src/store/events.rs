//! Events.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};

use super::{StoreError, photos, vectors};
use crate::domain::{Event, EventId, ShareCode, Timestamp};

/// How much an event holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Photos whose faces are searchable.
    pub indexed: u64,
    /// Photos that wait for it.
    pub pending: u64,
    /// Photos that could not be indexed.
    pub failed: u64,
    /// Faces of all photos.
    pub faces: u64,
}

/// Adds an event.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &Transaction, event: &Event) -> Result<(), StoreError> {
    tx.execute(
        "insert into event (id,  name,  share_code,  password_hash,  created_at_ms)
         values           (:id, :name, :share_code, :password_hash, :created_at_ms)",
        named_params! {
            ":id": event.id.as_i64(),
            ":name": event.name,
            ":share_code": event.share_code.as_str(),
            ":password_hash": event.password_hash,
            ":created_at_ms": event.created_at.unix_ms(),
        },
    )?;
    Ok(())
}

/// All events, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Connection) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare("select * from event order by created_at_ms desc, name, id")?;
    let events = statement.query_and_then([], from_row)?;
    events.collect()
}

/// The event with this id.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Connection, id: EventId) -> Result<Option<Event>, StoreError> {
    find_by(connection, "select * from event where id = ?1", id.as_i64())
}

/// The event whose link has this code.
///
/// # Errors
/// When the database fails.
pub fn find_by_share_code(connection: &Connection, code: &ShareCode) -> Result<Option<Event>, StoreError> {
    find_by(connection, "select * from event where share_code = ?1", code.as_str())
}

/// All events of exactly this name.
///
/// # Errors
/// When the database fails.
pub fn list_by_name(connection: &Connection, name: &str) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare("select * from event where name = ?1 order by id")?;
    let events = statement.query_and_then([name], from_row)?;
    events.collect()
}

fn find_by(
    connection: &Connection,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> Result<Option<Event>, StoreError> {
    connection.query_row(sql, [key], |row| Ok(from_row(row))).optional()?.transpose()
}

/// What the event holds by now.
///
/// # Errors
/// When the database fails.
pub fn count(connection: &Connection, id: EventId) -> Result<EventCounts, StoreError> {
    let counts = connection.query_row(
        "select count(*) filter (where state = 'indexed'),
                count(*) filter (where state = 'pending'),
                count(*) filter (where state = 'failed'),
                (select count(*) from face where event_id = ?1)
         from photo where event_id = ?1",
        [id.as_i64()],
        |row| {
            Ok(EventCounts {
                indexed: row.get(0)?,
                pending: row.get(1)?,
                failed: row.get(2)?,
                faces: row.get(3)?,
            })
        },
    )?;
    Ok(counts)
}

/// Deletes the event with its photos, faces, vectors, jobs and sessions; call
/// [`Store::purge_files`](super::Store::purge_files) afterwards.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Transaction, id: EventId) -> Result<(), StoreError> {
    photos::record_purges(tx, id)?;
    vectors::delete_event(tx, id)?;
    tx.execute("delete from event where id = ?1", [id.as_i64()])?;
    Ok(())
}

fn from_row(row: &Row) -> Result<Event, StoreError> {
    let share_code: String = row.get("share_code")?;
    Ok(Event {
        id: EventId::from_i64(row.get("id")?).ok_or(StoreError::Corrupt { what: "event id" })?,
        name: row.get("name")?,
        share_code: share_code.parse().map_err(|()| StoreError::Corrupt { what: "share code" })?,
        password_hash: row.get("password_hash")?,
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
    })
}
