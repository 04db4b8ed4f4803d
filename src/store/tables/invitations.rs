//! Invitations: each lets one guest into an event without its password, once.

use crate::store::sql::Writer;
use std::time::Duration;

use crate::domain::{Digest, Event, Timestamp};
use crate::store::StoreError;

/// So long after it was made an invitation can be used.
pub const LASTS: Duration = Duration::from_hours(24);

/// Keeps an invitation under the hash of what its link carries; returns until when it is good, and nothing where the
/// event is gone or its password has changed since.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &Writer,
    token_hash: Digest,
    event: &Event,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let expires_at = now.plus(LASTS);
    let made = tx.execute(
        "insert into invitation (token_hash, event_id, password_version, expires_at_ms)
         select ?1, id, password_version, ?4 from event where id = ?2 and password_version = ?3",
        (token_hash.0, event.id.as_i64(), event.password_version, expires_at.unix_ms()),
    )?;
    Ok((made > 0).then_some(expires_at))
}

/// Uses an invitation up: whether there was one into this event that was still good. Of two guests who bring the same
/// one, one gets in.
///
/// # Errors
/// When the database fails.
pub fn redeem(tx: &Writer, token_hash: Digest, event: &Event, now: Timestamp) -> Result<bool, StoreError> {
    let used = tx.execute(
        "delete from invitation
         where token_hash = ?1 and event_id = ?2 and expires_at_ms > ?3 and password_version = ?4
           and exists (select 1 from event where id = ?2 and event.password_version = ?4)",
        (token_hash.0, event.id.as_i64(), now.unix_ms(), event.password_version),
    )?;
    Ok(used > 0)
}

/// Forgets those that nobody used in time.
///
/// # Errors
/// When the database fails.
pub fn delete_expired(tx: &Writer, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("delete from invitation where expires_at_ms <= ?1", [now.unix_ms()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tables::events;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn an_invitation_opens_its_event_once_and_for_a_day() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let find = |id| store.read(|c| events::find(c, id)).unwrap().unwrap();
        let make = |byte: u8, event: Event| {
            store.write(move |tx| insert(tx, Digest([byte; 32]), &event, NOW)).unwrap()
        };
        let redeem = |byte: u8, event: Event, now| {
            store.write(move |tx| redeem(tx, Digest([byte; 32]), &event, now)).unwrap()
        };
        for byte in 1..=4 {
            assert_eq!(make(byte, find(event)), Some(NOW.plus(LASTS)));
        }
        assert!(!redeem(9, find(event), NOW) && !redeem(1, find(other), NOW));
        assert!(redeem(1, find(event), NOW) && !redeem(1, find(event), NOW));
        let last = NOW.plus(LASTS).minus(Duration::from_millis(1));
        assert!(redeem(2, find(event), last) && !redeem(3, find(event), NOW.plus(LASTS)));
        // A new password ends them, whatever the caller last knew of the event.
        let (before, mut changed) = (find(event), find(event));
        changed.set_password(Some("hash".into()));
        store.write(move |tx| events::update(tx, &changed)).unwrap();
        assert!(!redeem(4, before.clone(), NOW) && !redeem(4, find(event), NOW));
        assert_eq!(make(5, before), None);
        let left = || {
            store
                .read(|c| Ok(c.query_row("select count(*) from invitation", [], |row| row.get::<_, u64>(0))?))
                .unwrap()
        };
        assert_eq!(left(), 2);
        store.write(|tx| delete_expired(tx, NOW.plus(LASTS))).unwrap();
        assert_eq!(left(), 0);
    }
}
