//! Users' visits to events: their history, and the right to search for a while.

use std::time::Duration;

use crate::domain::{Event, EventId, Timestamp, UserId};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer};

/// Records that a user entered an event with the password that was compared; `false`, and nothing is recorded, if the
/// password has changed since.
pub fn enter(db: &Writer, user: UserId, event: &Event, now: Timestamp) -> StoreResult<bool> {
    let entered = db.execute(
        "insert into visit (user_id, event_id, entered_at_ms, password_version)
         select ?1, id, ?3, password_version from event where id = ?2 and password_version = ?4
         on conflict (user_id, event_id) do update set
             entered_at_ms = excluded.entered_at_ms, password_version = excluded.password_version",
        (user, event.id, now, event.password_version),
    )?;
    Ok(entered > 0)
}

/// Whether the user entered the event less than `lasts` ago, with its present password.
pub fn is_inside(
    db: &Reader,
    user: UserId,
    event: EventId,
    now: Timestamp,
    lasts: Duration,
) -> StoreResult<bool> {
    db.value(
        "select exists (
             select 1 from visit join event on event.id = visit.event_id
             where visit.user_id = ?1 and visit.event_id = ?2 and entered_at_ms > ?3
               and visit.password_version = event.password_version
         )",
        (user, event, now.minus(lasts)),
    )
}

/// The events that the user entered last, latest first.
pub fn list_recent(db: &Reader, user: UserId, limit: u32) -> StoreResult<Vec<Event>> {
    db.all(
        "select event.* from visit join event on event.id = visit.event_id
         where visit.user_id = ?1 order by entered_at_ms desc, event.id limit ?2",
        (user, limit),
    )
}
