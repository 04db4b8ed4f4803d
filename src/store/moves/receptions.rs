//! Permissions for another FotoTa to bring an event here.

use std::time::Duration;

use crate::domain::{Digest, EventId, Timestamp, UserId};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer, from_row};

/// How long an event can be brought: a large one, over a slow line, with what comes later.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// A permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// Who owns the event then.
    pub user_id: UserId,
    /// The only event that it is good for, once it has begun.
    pub event_id: Option<EventId>,
}

from_row!(Reception { user_id: "user_id", event_id: "event_id" });

/// Stores a permission under the hash of its token; returns when it expires.
pub fn create(db: &Writer, token_hash: Digest, user: UserId, now: Timestamp) -> StoreResult<Timestamp> {
    let expires_at = now.plus(LIFETIME);
    db.run(
        "insert into reception (token_hash, user_id, expires_at_ms) values (?1, ?2, ?3)",
        (token_hash, user, expires_at),
    )?;
    Ok(expires_at)
}

/// The permission with this token, unless it has expired or its user may do nothing any more.
pub fn find(db: &Reader, token_hash: Digest, now: Timestamp) -> StoreResult<Option<Reception>> {
    db.one(
        "select user_id, event_id from reception join \"account\" on \"account\".id = user_id
         where token_hash = ?1 and expires_at_ms > ?2 and disabled_at_ms is null and is_admin = true",
        (token_hash, now),
    )
}

/// From now on the permission is good for this event alone; `false` if it is for another one.
pub fn bind(db: &Writer, token_hash: Digest, event: EventId) -> StoreResult<bool> {
    let sql =
        "update reception set event_id = ?2 where token_hash = ?1 and (event_id is null or event_id = ?2)";
    Ok(db.execute(sql, (token_hash, event))? > 0)
}

/// Deletes expired permissions.
pub fn delete_expired(db: &Writer, now: Timestamp) -> StoreResult<()> {
    db.run("delete from reception where expires_at_ms <= ?1", [now])
}
