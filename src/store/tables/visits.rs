//! Users' entries into events: the history, and the right to search for a while.

use crate::store::sql::{Reader, Writer};
use std::time::Duration;

use crate::domain::{Event, EventId, Timestamp, UserId};
use crate::store::StoreError;
use crate::store::tables::events;

/// Notes that a user was let into an event as it was when the password was compared; `false`, and nothing is noted,
/// where the password has changed since.
///
/// # Errors
/// When the database fails, or the user is gone.
pub fn enter(tx: &Writer, user: UserId, event: &Event, now: Timestamp) -> Result<bool, StoreError> {
    let noted = tx.execute(
        "insert or replace into visit (user_id, event_id, entered_at_ms, password_version)
         select ?1, id, ?3, password_version from event where id = ?2 and password_version = ?4",
        (user.as_i64(), event.id.as_i64(), now.unix_ms(), event.password_version),
    )?;
    Ok(noted > 0)
}

/// Whether the user entered the event less than `lasts` ago, by its present password.
///
/// # Errors
/// When the database fails.
pub fn is_inside(
    connection: &Reader,
    user: UserId,
    event: EventId,
    now: Timestamp,
    lasts: Duration,
) -> Result<bool, StoreError> {
    Ok(connection.query_row(
        "select exists (
             select 1 from visit join event on event.id = visit.event_id
             where visit.user_id = ?1 and visit.event_id = ?2 and entered_at_ms > ?3
               and visit.password_version = event.password_version
         )",
        (user.as_i64(), event.as_i64(), now.minus(lasts).unix_ms()),
        |row| row.get(0),
    )?)
}

/// The events that the user entered last, the last one first.
///
/// # Errors
/// When the database fails.
pub fn list_recent(connection: &Reader, user: UserId, limit: u32) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare(
        "select event.* from visit join event on event.id = visit.event_id
         where visit.user_id = ?1 order by entered_at_ms desc, event.id limit ?2",
    )?;
    let events = statement.query_and_then((user.as_i64(), limit), events::from_row)?;
    events.collect()
}
