//! Invitations: each lets one guest into an event without its password, once.

use std::time::Duration;

use crate::domain::{Digest, Event, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::Writer;

/// How long an invitation can be used.
pub const LIFETIME: Duration = Duration::from_hours(24);

/// Stores an invitation under the hash of the token in its link. Returns when it expires; `None`, and nothing is
/// stored, if the event is gone or its password has changed since.
pub fn insert(
    db: &Writer,
    token_hash: Digest,
    event: &Event,
    now: Timestamp,
) -> StoreResult<Option<Timestamp>> {
    let expires_at = now.plus(LIFETIME);
    let created = db.execute(
        "insert into invitation (token_hash, event_id, password_version, expires_at_ms)
         select ?1, id, password_version, ?4 from event where id = ?2 and password_version = ?3",
        (token_hash, event.id, event.password_version, expires_at),
    )?;
    Ok((created > 0).then_some(expires_at))
}

/// Uses an invitation up; `false` if there is none into this event, or it has expired. Of two guests with the same
/// invitation, one gets in.
pub fn redeem(db: &Writer, token_hash: Digest, event: &Event, now: Timestamp) -> StoreResult<bool> {
    let used = db.execute(
        "delete from invitation
         where token_hash = ?1 and event_id = ?2 and expires_at_ms > ?3 and password_version = ?4
           and exists (select 1 from event where id = ?2 and event.password_version = ?4)",
        (token_hash, event.id, now, event.password_version),
    )?;
    Ok(used > 0)
}

/// Deletes expired invitations.
pub fn delete_expired(db: &Writer, now: Timestamp) -> StoreResult<()> {
    db.run("delete from invitation where expires_at_ms <= ?1", [now])
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
            assert_eq!(make(byte, find(event)), Some(NOW.plus(LIFETIME)));
        }
        assert!(!redeem(9, find(event), NOW) && !redeem(1, find(other), NOW));
        assert!(redeem(1, find(event), NOW) && !redeem(1, find(event), NOW));
        let last = NOW.plus(LIFETIME).minus(Duration::from_millis(1));
        assert!(redeem(2, find(event), last) && !redeem(3, find(event), NOW.plus(LIFETIME)));
        // A new password ends them, whatever the caller last knew of the event.
        let (before, mut changed) = (find(event), find(event));
        changed.set_password(Some("hash".into()));
        store.write(move |tx| events::update(tx, &changed)).unwrap();
        assert!(!redeem(4, before.clone(), NOW) && !redeem(4, find(event), NOW));
        assert_eq!(make(5, before), None);
        let left = || store.read(|c| c.value::<u64>("select count(*) from invitation", ())).unwrap();
        assert_eq!(left(), 2);
        store.write(|tx| delete_expired(tx, NOW.plus(LIFETIME))).unwrap();
        assert_eq!(left(), 0);
    }
}
