//! Events.

use crate::store::sql::{Reader, Writer};
use rusqlite::{OptionalExtension, Row, named_params};

use crate::domain::{Event, EventId, PhotoId, ShareCode, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::sql::vectors;
use crate::store::tables::{photos, users};

/// How much an event holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Photos whose faces are searchable.
    pub indexed: u64,
    /// Those of them that the owner has hidden from guests.
    pub hidden: u64,
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
pub fn insert(tx: &Writer, event: &Event) -> Result<(), StoreError> {
    tx.execute(
        "insert into event (id,  share_code,  created_at_ms, name,  updated_at_ms)
         values           (:id, :share_code, :created_at_ms, :name, :created_at_ms)",
        named_params! {
            ":id": event.id.as_i64(),
            ":share_code": event.share_code.as_str(),
            ":created_at_ms": event.created_at.unix_ms(),
            ":name": event.name,
        },
    )?;
    update(tx, event)?;
    Ok(())
}

/// Takes over what can be changed about an event; `false` when it is gone.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &Writer, event: &Event) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "update event
         set name = :name, password_hash = :password_hash, password_version = :password_version,
             owner_id = :owner_id, description = :description, date_ms = :date_ms, updated_at_ms = :updated_at_ms,
             closed_at_ms = :closed_at_ms, visibility = :visibility, download = :download,
             delete_at_ms = :delete_at_ms, photographer = :photographer,
             photographer_link = :photographer_link, wall_paused = :wall_paused
         where id = :id",
        named_params! {
            ":id": event.id.as_i64(),
            ":name": event.name,
            ":password_hash": event.password_hash,
            ":password_version": event.password_version,
            ":owner_id": event.owner_id.map(UserId::as_i64),
            ":description": event.description,
            ":date_ms": event.date.map(Timestamp::unix_ms),
            ":updated_at_ms": event.updated_at.unix_ms(),
            ":closed_at_ms": event.closed_at.map(Timestamp::unix_ms),
            ":visibility": event.visibility.as_str(),
            ":download": event.download.as_str(),
            ":delete_at_ms": event.delete_at.map(Timestamp::unix_ms),
            ":photographer": event.photographer,
            ":photographer_link": event.photographer_link,
            ":wall_paused": event.wall_paused,
        },
    )?;
    Ok(changed > 0)
}

/// Events of this owner, newest event date first.
///
/// # Errors
/// When the database fails.
pub fn list_owned(connection: &Reader, owner: UserId) -> Result<Vec<Event>, StoreError> {
    let mut statement =
        connection.prepare(&format!("select * from event where owner_id = ?1 {NEWEST_FIRST}"))?;
    let events = statement.query_and_then([owner.as_i64()], from_row)?;
    events.collect()
}

/// Events whose name has `part` in it, whatever its case, newest event date first, that `user` may know of: events
/// with a password, which guards them, and those that the user owns or has entered. An event without a password is
/// known by its link alone.
///
/// # Errors
/// When the database fails.
pub fn search(connection: &Reader, part: &str, user: UserId, limit: u32) -> Result<Vec<Event>, StoreError> {
    // `like` knows the case of ASCII letters alone.
    let mut statement = connection.prepare(&format!(
        "select * from event
         where (password_hash is not null or owner_id = ?1
                or exists (select 1 from visit where visit.event_id = event.id and visit.user_id = ?1))
         {NEWEST_FIRST}"
    ))?;
    let part = part.to_lowercase();
    let found = statement
        .query_and_then([user.as_i64()], from_row)?
        .filter(|event| event.as_ref().map_or(true, |event| event.name.to_lowercase().contains(&part)));
    found.take(limit as usize).collect()
}

/// The first searchable photos of an event, as they were recorded.
///
/// # Errors
/// When the database fails.
pub fn list_previews(connection: &Reader, id: EventId, limit: u32) -> Result<Vec<PhotoId>, StoreError> {
    let mut statement = connection.prepare_cached(
        "select id from photo where event_id = ?1 and state = 'indexed' and hidden = 0 order by sequence limit ?2",
    )?;
    let ids = statement.query_and_then((id.as_i64(), limit), |row| photos::photo_id(row.get(0)?))?;
    ids.collect()
}

/// Gives events that belong to nobody to their owner.
///
/// # Errors
/// When the database fails.
pub fn adopt(tx: &Writer, owner: UserId) -> Result<(), StoreError> {
    tx.execute("update event set owner_id = ?1 where owner_id is null", [owner.as_i64()])?;
    Ok(())
}

const NEWEST_FIRST: &str = "order by date_ms desc nulls last, created_at_ms desc, id";

/// All events, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(connection: &Reader) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare("select * from event order by created_at_ms desc, name, id")?;
    let events = statement.query_and_then([], from_row)?;
    events.collect()
}

/// The event with this id.
///
/// # Errors
/// When the database fails.
pub fn find(connection: &Reader, id: EventId) -> Result<Option<Event>, StoreError> {
    find_by(connection, "select * from event where id = ?1", id.as_i64())
}

/// The event whose link has this code.
///
/// # Errors
/// When the database fails.
pub fn find_by_share_code(connection: &Reader, code: &ShareCode) -> Result<Option<Event>, StoreError> {
    find_by(connection, "select * from event where share_code = ?1", code.as_str())
}

/// All events of exactly this name.
///
/// # Errors
/// When the database fails.
pub fn list_by_name(connection: &Reader, name: &str) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare("select * from event where name = ?1 order by id")?;
    let events = statement.query_and_then([name], from_row)?;
    events.collect()
}

fn find_by(connection: &Reader, sql: &str, key: impl rusqlite::ToSql) -> Result<Option<Event>, StoreError> {
    connection.query_row(sql, [key], |row| Ok(from_row(row))).optional()?.transpose()
}

/// What the event holds by now.
///
/// # Errors
/// When the database fails.
pub fn count(connection: &Reader, id: EventId) -> Result<EventCounts, StoreError> {
    let counts = connection.query_row(
        "select count(*) filter (where state = 'indexed'),
                count(*) filter (where state = 'pending'),
                count(*) filter (where state = 'failed'),
                (select count(*) from face where event_id = ?1),
                count(*) filter (where state = 'indexed' and hidden)
         from photo where event_id = ?1",
        [id.as_i64()],
        |row| {
            Ok(EventCounts {
                indexed: row.get(0)?,
                pending: row.get(1)?,
                failed: row.get(2)?,
                faces: row.get(3)?,
                hidden: row.get(4)?,
            })
        },
    )?;
    Ok(counts)
}

/// Whether a photo of the event waits to be indexed.
///
/// # Errors
/// When the database fails.
pub fn has_pending(connection: &Reader, id: EventId) -> Result<bool, StoreError> {
    let sql =
        "select exists (select 1 from photo join job on job.photo_id = photo.id where photo.event_id = ?1)";
    Ok(connection.query_row(sql, [id.as_i64()], |row| row.get(0))?)
}

/// An event whose time to be deleted has come.
///
/// # Errors
/// When the database fails.
pub fn find_due(connection: &Reader, now: Timestamp) -> Result<Option<EventId>, StoreError> {
    let sql = "select * from event where delete_at_ms <= ?1 order by delete_at_ms limit 1";
    Ok(find_by(connection, sql, now.unix_ms())?.map(|event| event.id))
}

/// Refuses with [`StoreError::EventClosed`] if the event is closed: then it takes no photo.
pub fn check_open(event: &Event) -> Result<(), StoreError> {
    match event.closed_at {
        Some(_) => Err(StoreError::EventClosed { name: event.name.clone() }),
        None => Ok(()),
    }
}

/// [`check_open`] by id, for writes that add a photo or an upload.
pub(in crate::store) fn check_open_by_id(db: &Reader, id: EventId) -> Result<(), StoreError> {
    find(db, id)?.as_ref().map_or(Ok(()), check_open)
}

/// Deletes the event with its photos, faces, vectors, jobs and sessions; call
/// [`Store::purge_blobs`](crate::store::Store::purge_blobs) afterwards.
///
/// # Errors
/// When the database fails.
pub fn delete(tx: &Writer, id: EventId) -> Result<(), StoreError> {
    photos::record_purges(tx, id)?;
    vectors::delete_event(tx, id)?;
    tx.execute("delete from event where id = ?1", [id.as_i64()])?;
    Ok(())
}

pub(in crate::store) fn from_row(row: &Row) -> Result<Event, StoreError> {
    let share_code: String = row.get("share_code")?;
    let owner_id: Option<i64> = row.get("owner_id")?;
    let time = |column: &str| -> Result<_, StoreError> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_unix_ms))
    };
    Ok(Event {
        id: EventId::from_i64(row.get("id")?).ok_or(StoreError::Corrupt { what: "event id" })?,
        name: row.get("name")?,
        share_code: share_code.parse().map_err(|()| StoreError::Corrupt { what: "share code" })?,
        password_hash: row.get("password_hash")?,
        password_version: row.get("password_version")?,
        owner_id: owner_id.map(users::user_id).transpose()?,
        description: row.get("description")?,
        date: time("date_ms")?,
        closed_at: time("closed_at_ms")?,
        visibility: text(row, "visibility")?,
        download: text(row, "download")?,
        delete_at: time("delete_at_ms")?,
        photographer: row.get("photographer")?,
        photographer_link: row.get("photographer_link")?,
        wall_paused: row.get("wall_paused")?,
        created_at: Timestamp::from_unix_ms(row.get("created_at_ms")?),
        updated_at: Timestamp::from_unix_ms(row.get("updated_at_ms")?),
    })
}

/// A column whose values are an enum's.
pub(in crate::store) fn text<T: std::str::FromStr>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    let value: String = row.get(column)?;
    value.parse().map_err(|_| StoreError::Corrupt { what: column })
}
