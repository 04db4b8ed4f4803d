//! Numbers of the whole server, of all events together. They identify nobody.

use crate::domain::{SourceKind, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::{Reader, from_row};

/// What the server holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events.
    pub events: u64,
    /// Photos, whatever their state.
    pub photos: u64,
    /// Faces in them.
    pub faces: u64,
    /// Searches with a selfie, as events count them.
    pub searches: u64,
    /// How often guests entered, as events count it.
    pub guests: u64,
}

from_row!(Totals {
    events: "events",
    photos: "photos",
    faces: "faces",
    searches: "searches",
    guests: "guests",
});

/// What the server holds.
pub fn totals(db: &Reader) -> StoreResult<Totals> {
    db.value(
        "select (select count(*) from event) as events,
                (select coalesce(sum(photos), 0) from arrival) as photos,
                (select coalesce(sum(faces), 0) from arrival) as faces,
                (select coalesce(sum(count), 0) from tally where kind = 'search') as searches,
                (select coalesce(sum(count), 0) from tally where kind = 'guest') as guests",
        (),
    )
}

/// Bytes of all originals. Reads a row of each photo: ask seldom.
pub fn original_bytes(db: &Reader) -> StoreResult<u64> {
    db.value("select coalesce(sum(size_bytes), 0) from photo", ())
}

/// What happened in a slot of five minutes, in all events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its start.
    pub at: Timestamp,
    /// Photos that arrived.
    pub photos: u64,
    /// Searches with a selfie.
    pub searches: u64,
    /// How often guests entered.
    pub guests: u64,
}

from_row!(Slot { at: "slot_ms", photos: "photos", searches: "searches", guests: "guests" });

/// The slots since then in which something happened, oldest first.
pub fn list_slots(db: &Reader, since: Timestamp) -> StoreResult<Vec<Slot>> {
    db.all(
        "select slot_ms, sum(photos) as photos, sum(searches) as searches, sum(guests) as guests
         from (select slot_ms, photos, 0 as searches, 0 as guests from arrival where slot_ms >= ?1
               union all
               select slot_ms, 0, case when kind = 'search' then count else 0 end,
                      case when kind = 'guest' then count else 0 end
               from tally where slot_ms >= ?1) as happened
         group by slot_ms order by slot_ms",
        [since],
    )
}

/// How a camera has been sending photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraActivity {
    /// When its last photo arrived.
    pub last_at: Timestamp,
    /// Photos that arrived in the hour before that one, itself included.
    pub in_its_hour: u64,
}

from_row!(CameraActivity { last_at: "last_at", in_its_hour: "in_its_hour" });

/// The cameras of open events that are not paused and have sent a photo since then.
pub fn list_cameras(db: &Reader, since: Timestamp) -> StoreResult<Vec<CameraActivity>> {
    db.all(
        "select last_at, (select count(*) from photo
                          where source_id = camera.id and created_at_ms > last_at - 3600000) as in_its_hour
         from (select source.id, (select max(created_at_ms) from photo where source_id = source.id) as last_at
               from source join event on event.id = source.event_id
               where source.kind = ?1 and source.paused = false and event.closed_at_ms is null) as camera
         where last_at >= ?2",
        (SourceKind::Camera, since),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Destination, Source, TallyKind};
    use crate::intake::accept;
    use crate::store::tables::{events, sources, tallies};
    use crate::store::testing::{NOW, TestStore};

    fn send(store: &TestStore, to: Destination, byte: u8, at: Timestamp) {
        let bytes = [b"\xFF\xD8\xFF\xE0".as_slice(), &[byte]].concat();
        accept(store, to, "a.jpg", bytes.as_slice(), 1000, at).unwrap();
    }

    #[test]
    fn numbers_are_of_all_events_together() {
        let store = TestStore::new();
        let (one, other) = (store.add_event(), store.add_event());
        let later = NOW.plus(Duration::from_mins(5));
        for (event, byte, at) in [(one, 1, NOW), (other, 2, NOW), (other, 3, later)] {
            send(&store, Destination::of_owner(event), byte, at);
        }
        for (kind, at) in [(TallyKind::Guest, NOW), (TallyKind::Search, later), (TallyKind::Hit, later)] {
            store.write(move |tx| tallies::add(tx, other, kind, 2, at)).unwrap();
        }
        let expected = Totals { events: 2, photos: 3, faces: 0, searches: 2, guests: 2 };
        assert_eq!(store.read(totals).unwrap(), expected);
        assert_eq!(store.read(original_bytes).unwrap(), 15);
        let slots = |since| store.read(|db| list_slots(db, since)).unwrap();
        let [first, last] = slots(Timestamp::from_unix_ms(0))[..] else { panic!("two slots") };
        assert_eq!((first.photos, first.searches, first.guests), (2, 0, 2));
        assert_eq!((last.photos, last.searches, last.guests), (1, 2, 0));
        assert_eq!(slots(last.at), [last]);
    }

    #[test]
    fn cameras_are_known_by_their_last_hour() {
        let store = TestStore::new();
        let event = store.add_event();
        let mut camera = Source::new(event, SourceKind::Camera, "R5".into(), NOW);
        camera.login = Some("r5".into());
        let folder = Source::new(event, SourceKind::Contributor, "Sari".into(), NOW);
        for source in [camera.clone(), folder.clone()] {
            assert!(store.write(move |tx| sources::insert(tx, &source)).unwrap());
        }
        let minutes = |minutes| NOW.plus(Duration::from_mins(minutes));
        for (source, byte, at) in [(&camera, 1, 0), (&camera, 2, 60), (&camera, 3, 90), (&folder, 4, 95)] {
            send(&store, source.into(), byte, minutes(at));
        }
        let list = |since| store.read(|db| list_cameras(db, since)).unwrap();
        assert_eq!(list(NOW), [CameraActivity { last_at: minutes(90), in_its_hour: 2 }]);
        assert_eq!(list(minutes(91)), []);
        let set_paused = |paused| {
            let row = Source { paused, ..camera.clone() };
            store.write(move |tx| sources::update(tx, &row)).unwrap();
        };
        set_paused(true);
        assert_eq!(list(NOW), []);
        set_paused(false);
        assert_eq!(list(NOW).len(), 1);
        let mut closed = store.read(|db| events::find(db, event)).unwrap().unwrap();
        closed.closed_at = Some(NOW);
        store.write(move |tx| events::update(tx, &closed)).unwrap();
        assert_eq!(list(NOW), []);
    }
}
