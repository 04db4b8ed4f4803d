//! How often something happened in an event, in slots of five minutes; never who did it.

use crate::domain::{EventId, TallyKind, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, Writer};

/// Length of a slot in milliseconds.
pub const SLOT_MS: i64 = 5 * 60 * 1000;

/// Adds to the count of the current slot; does nothing if the event is gone.
pub fn add(db: &Writer, event_id: EventId, kind: TallyKind, count: u32, now: Timestamp) -> StoreResult<()> {
    db.run(
        "insert into tally (event_id, kind, slot_ms, count) select id, ?2, ?3, ?4 from event where id = ?1
         on conflict (event_id, kind, slot_ms) do update set count = tally.count + excluded.count",
        (event_id, kind, now.unix_ms().div_euclid(SLOT_MS) * SLOT_MS, count),
    )
}

/// All counts, oldest slot first.
pub fn list(db: &Reader, event_id: EventId) -> StoreResult<Vec<(TallyKind, Timestamp, u64)>> {
    db.all("select kind, slot_ms, count from tally where event_id = ?1 order by slot_ms", [event_id])
}

/// Whether something happened in any event since that time, or shortly before it.
pub fn any_since(db: &Reader, since: Timestamp) -> StoreResult<bool> {
    db.value("select exists (select 1 from tally where slot_ms > ?1)", [since.unix_ms() - SLOT_MS])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::tables::events;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn counts_are_kept_by_slot_and_go_with_the_event() {
        let store = TestStore::new();
        let event = store.add_event();
        let later = NOW.plus(Duration::from_mins(5));
        for (kind, now) in [(TallyKind::Guest, NOW), (TallyKind::Guest, NOW), (TallyKind::Search, later)] {
            store.write(move |tx| add(tx, event, kind, 1, now)).unwrap();
        }
        let slots = store.read(|c| list(c, event)).unwrap();
        let counts: Vec<_> = slots.iter().map(|(kind, _, count)| (*kind, *count)).collect();
        assert_eq!(counts, [(TallyKind::Guest, 2), (TallyKind::Search, 1)]);
        assert!(slots.iter().all(|(_, at, _)| at.unix_ms() % SLOT_MS == 0));
        let last = slots[1].1;
        let lately = |since: Timestamp| store.read(|c| any_since(c, since)).unwrap();
        assert!(lately(last.plus(Duration::from_secs(299))) && !lately(last.plus(Duration::from_mins(5))));
        store.write(move |tx| events::delete(tx, event)).unwrap();
        store.write(move |tx| add(tx, event, TallyKind::Hit, 1, NOW)).unwrap();
        assert!(store.read(|c| list(c, event)).unwrap().is_empty());
    }
}
