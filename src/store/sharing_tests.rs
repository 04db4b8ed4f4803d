//! Two stores on the same rows, as two processes have them, both at work at once.

use std::collections::BTreeSet;

use crate::domain::PhotoId;
use crate::store::testing::{NOW, TestStore};
use crate::store::{Store, events, indexing, photos};

const THREADS: u32 = 4;
const PHOTOS: u32 = 10;

/// On threads of both stores.
fn on_both(store: &TestStore, work: impl Fn(&Store, u32) + Sync) {
    let other = store.open_again();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, work): (&Store, _) = (if thread % 2 == 0 { store } else { &other }, &work);
            scope.spawn(move || work(store, thread));
        }
    });
}

#[test]
fn photos_that_come_through_both_are_neither_lost_nor_doubled() {
    let store = TestStore::new();
    let event = store.add_event();
    on_both(&store, |into, thread| {
        for number in 0..PHOTOS {
            // Each photo comes twice: by this thread, and by another one.
            for name in [number * THREADS + thread, number * THREADS + (thread + 1) % THREADS] {
                crate::store::testing::receive_into(into, event, &format!("{name}.jpg"), &name.to_le_bytes());
            }
        }
    });
    let all = u64::from(THREADS * PHOTOS);
    let (recorded, sequences): (u64, u64) = store
        .read(|db| {
            let sql = "select count(*), count(distinct sequence) from photo where event_id = ?1";
            db.value(sql, [event])
        })
        .unwrap();
    assert_eq!((recorded, sequences), (all, all));
    let tally = "select sum(photos) from photo_tally where event_id = ?1";
    assert_eq!(store.read(|db| db.value::<u64>(tally, [event])).unwrap(), all);
}

#[test]
fn each_photo_is_claimed_once() {
    let store = TestStore::new();
    let event = store.add_event();
    let pack = store.add_pack(8);
    let all: BTreeSet<PhotoId> =
        (0..THREADS * PHOTOS).map(|n| store.receive(event, &n.to_le_bytes())).collect();
    let claimed = std::sync::Mutex::new(Vec::new());
    on_both(&store, |from, _| {
        while let Some(job) = from.write(move |db| indexing::claim(db, pack, NOW)).unwrap() {
            claimed.lock().unwrap().push(job.photo.id);
        }
    });
    let claimed = claimed.into_inner().unwrap();
    assert_eq!(claimed.len(), all.len());
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), all);
}

#[test]
fn what_a_write_has_read_is_still_so_when_it_commits() {
    let store = TestStore::new();
    let event = store.add_event();
    on_both(&store, |at, _| {
        for _ in 0..PHOTOS {
            at.write(move |db| {
                let count: i64 = db.value("select time_code_shown_ms from event where id = ?1", [event])?;
                db.run("update event set time_code_shown_ms = ?2 where id = ?1", (event, count + 1))
            })
            .unwrap();
        }
    });
    let sql = "select time_code_shown_ms from event where id = ?1";
    assert_eq!(store.read(|db| db.value::<u32>(sql, [event])).unwrap(), THREADS * PHOTOS);
}

#[test]
fn a_photo_that_one_deletes_is_gone_for_the_other() {
    let store = TestStore::new();
    let event = store.add_event();
    let photo = store.receive(event, b"a");
    let other = store.open_again();
    assert!(other.read(|db| photos::find(db, photo)).unwrap().is_some());
    assert!(store.write(move |db| photos::delete(db, photo)).unwrap());
    assert!(other.read(|db| photos::find(db, photo)).unwrap().is_none());
    other.write(move |db| events::delete(db, event)).unwrap();
    assert!(store.read(|db| events::find(db, event)).unwrap().is_none());
}
