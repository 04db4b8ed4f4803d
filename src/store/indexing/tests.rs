//! Leases, retries and their bounds.

use super::*;
use crate::domain::{Digest, Embedding, EventId, PhotoState};
use crate::store::BlobKey;
use crate::store::tables::photo_changes::{self, Change};
use crate::store::tables::{browse, events, faces, jobs, packs, photos, progress, sessions};
use crate::store::testing::{NOW, TestStore, add_photo, face};

const DIMENSIONS: usize = 8;

fn waiting() -> (TestStore, EventId, PhotoId) {
    let store = TestStore::new();
    let event_id = store.add_event();
    let id = store.receive(event_id, b"a photo");
    (store, event_id, id)
}

fn claim_at(store: &TestStore, now: Timestamp) -> Option<Job> {
    let pack = store.add_pack(DIMENSIONS);
    store.write(move |tx| claim(tx, pack, now)).unwrap()
}

fn state(store: &TestStore, id: PhotoId) -> PhotoState {
    store.read(|connection| photos::find(connection, id)).unwrap().unwrap().state
}

#[test]
fn a_leased_job_is_nobody_elses_until_the_lease_runs_out() {
    let (store, _, id) = waiting();
    let first = claim_at(&store, NOW).unwrap();
    assert_eq!((first.photo.id, first.attempt), (id, 1));
    assert!(claim_at(&store, NOW).is_none());
    let pack = store.add_pack(DIMENSIONS);
    assert!(!store.read(|connection| jobs::any_free(connection, pack, NOW)).unwrap());
    let later = NOW.plus(LEASE);
    let second = claim_at(&store, later).unwrap();
    assert_eq!(second.attempt, 2);
    // The first worker comes back too late to change anything.
    store.write(move |tx| give_up(tx, &first, "late")).unwrap();
    assert_eq!(state(&store, id), PhotoState::Pending);
    assert!(claim_at(&store, later).is_none());
}

#[test]
fn a_lease_that_is_renewed_does_not_run_out() {
    let (store, ..) = waiting();
    let first = claim_at(&store, NOW).unwrap();
    let renewed = first.clone();
    store.write(move |tx| renew(tx, &renewed, NOW.plus(RENEWAL))).unwrap();
    assert!(claim_at(&store, NOW.plus(LEASE)).is_none());
    let later = NOW.plus(RENEWAL).plus(LEASE);
    assert!(claim_at(&store, later).is_some());
    // Too late: it is another worker's.
    store.write(move |tx| renew(tx, &first, later.plus(LEASE))).unwrap();
    assert!(claim_at(&store, later.plus(LEASE)).is_some());
}

#[test]
fn errors_are_bounded_and_pauses_grow() {
    let (store, _, id) = waiting();
    let mut now = NOW;
    for error in 1..=MAX_ERRORS {
        let job = claim_at(&store, now).unwrap();
        let at = now;
        let after = store.write(move |tx| retry_later(tx, &job, "the disk is slow", at)).unwrap();
        if error == MAX_ERRORS {
            assert_eq!(after, AfterError::GivenUp);
            break;
        }
        assert_eq!(after, AfterError::Retried);
        let pause = FIRST_PAUSE * 2_u32.pow(error - 1);
        assert!(claim_at(&store, now.plus(pause.saturating_sub(Duration::from_millis(1)))).is_none());
        now = now.plus(pause);
    }
    assert_eq!(state(&store, id), PhotoState::Failed("given up after 5 attempts: the disk is slow".into()));
}

#[test]
fn interruptions_are_no_errors_but_not_endless() {
    let (store, _, id) = waiting();
    let mut now = NOW;
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(claim_at(&store, now).unwrap().attempt, attempt);
        now = now.plus(LEASE);
    }
    assert!(claim_at(&store, now).is_none());
    assert!(matches!(state(&store, id), PhotoState::Failed(_)));
}

#[test]
fn a_failed_photo_survives_a_restart_and_gets_another_chance() {
    let (store, event_id, id) = waiting();
    let job = claim_at(&store, NOW).unwrap();
    store.write(move |tx| give_up(tx, &job, "no luck")).unwrap();
    let store = store.reopen();
    // Its bytes still lie where they were received.
    let photo = store.read(|connection| photos::find(connection, id)).unwrap().unwrap();
    store.blobs().promote(id, photo.format).unwrap();
    let key = BlobKey::Original(id, photo.format);
    // Even where they were lost, the next import brings them back.
    store.blobs().delete(&key).unwrap();
    assert_eq!(store.receive(event_id, b"a photo"), id);
    assert_eq!(state(&store, id), PhotoState::Pending);
    store.blobs().promote(id, photo.format).unwrap();
    assert!(store.blobs().read(&key).unwrap().unwrap().ends_with(b"a photo"));
}

#[test]
fn a_restart_ends_all_leases() {
    let (store, ..) = waiting();
    assert!(claim_at(&store, NOW).is_some());
    let store = store.reopen();
    assert!(claim_at(&store, NOW).is_some());
}

#[test]
fn a_session_ends_with_its_time_and_with_the_events_password() {
    let (store, event_id, _) = waiting();
    let token = Digest([9; 32]);
    let end = NOW.plus(Duration::from_secs(10));
    let mut event = store.read(|connection| events::find(connection, event_id)).unwrap().unwrap();
    let entered = event.clone();
    assert!(store.write(move |tx| sessions::insert(tx, token, &entered, end)).unwrap());
    let find = |now| store.read(|connection| sessions::find(connection, token, now)).unwrap();
    assert!(find(NOW).is_some_and(|session| session.consent_version.is_none()));
    assert!(find(end).is_none());
    store.write(move |tx| sessions::consent(tx, token, "1", NOW)).unwrap();
    assert!(find(NOW).is_some_and(|session| session.consent_version.as_deref() == Some("1")));
    store.write(|tx| tx.execute("update event set password_hash = 'another'", ())).unwrap();
    assert!(find(NOW).is_none());
    // Let in by a password that was changed while it was compared: no session.
    event.password_version += 1;
    assert!(!store.write(move |tx| sessions::insert(tx, Digest([8; 32]), &event, end)).unwrap());
}

/// Two packs, and a photo that the first has indexed, with one face.
fn indexed() -> (TestStore, [PackId; 2], PhotoId) {
    let store = TestStore::new();
    let first = store.add_pack(DIMENSIONS);
    let second = store.write(|tx| packs::ensure(tx, Digest([2; 32]), "new", DIMENSIONS)).unwrap();
    let photo = add_photo(&store, store.add_event(), first, &[embedding()]);
    (store, [first, second], photo)
}

fn embedding() -> Embedding {
    Embedding::normalised(vec![1.0; DIMENSIONS]).unwrap()
}

fn switch_to(store: &TestStore, pack: PackId) -> usize {
    store.write(move |tx| switch_pack(tx, pack)).unwrap()
}

fn claim_for(store: &TestStore, pack: PackId) -> Option<Job> {
    store.write(move |tx| claim(tx, pack, NOW)).unwrap()
}

/// The packs of a photo's faces.
fn packs_of(store: &TestStore, id: PhotoId) -> Vec<PackId> {
    let faces = store.read(|db| faces::list_in_photo(db, id)).unwrap();
    faces.into_iter().map(|face| face.pack_id).collect()
}

fn index(store: &TestStore, id: PhotoId, pack: PackId) {
    let size = PixelSize { width: 9, height: 9 };
    let faces = [face(embedding())];
    assert!(store.write(move |tx| index_photo(tx, id, pack, size, &Capture::default(), &faces)).unwrap());
}

#[test]
fn photos_of_a_former_pack_are_indexed_again_after_new_ones() {
    let (store, [first, second], old) = indexed();
    assert_eq!(switch_to(&store, second), 1);
    let event = store.add_event();
    let new = store.receive(event, b"new");
    // A kill ends the leases, and the next start asks for them again.
    assert_eq!(claim_for(&store, second).unwrap().photo.id, new);
    assert_eq!(claim_for(&store, second).unwrap().photo.id, old);
    let store = store.reopen();
    switch_to(&store, second);
    assert_eq!(claim_for(&store, second).unwrap().photo.id, new);
    // An engine with the former pack has nothing to do, and does not spin.
    assert!(claim_for(&store, first).is_none());
    assert!(!store.read(|db| jobs::any_free(db, first, NOW)).unwrap());
    assert_eq!(claim_for(&store, second).unwrap().photo.id, old);
    assert!(claim_for(&store, second).is_none());
    let event_of = |id| store.read(|db| photos::find(db, id)).unwrap().unwrap().event_id;
    let waits = |event| store.read(|db| events::has_pending(db, event)).unwrap();
    assert!(waits(event) && !waits(event_of(old)));
    assert_eq!((state(&store, old), packs_of(&store, old)), (PhotoState::Indexed, vec![first]));
    let counters = |id: PhotoId| store.read(|db| browse::counters(db, event_of(id)));
    let before = counters(old).unwrap();
    index(&store, old, second);
    index(&store, new, second);
    assert_eq!(packs_of(&store, old), [second]);
    // Its event has no new photo, and its open pages have nothing to load.
    assert_eq!(counters(old).unwrap(), (before.0, before.1, before.2 + 1));
    assert_eq!(counters(new).unwrap().0, 1);
    assert_eq!(switch_to(&store, second), 0);
    assert!(store.read(|db| packs::list_former(db, second)).unwrap().is_empty());
    assert!(store.read(packs::are_indexed).unwrap());
    let queue = store.read(|db| progress::of_queue(db, NOW)).unwrap();
    assert_eq!((queue.pending, queue.pending_again, queue.indexed), (0, 0, 2));
}

#[test]
fn a_photo_that_cannot_be_indexed_again_stays_as_it_was() {
    let (store, [first, second], photo) = indexed();
    switch_to(&store, second);
    let job = claim_for(&store, second).unwrap();
    store.write(move |tx| give_up(tx, &job, "its file is damaged")).unwrap();
    assert_eq!((state(&store, photo), packs_of(&store, photo)), (PhotoState::Indexed, vec![first]));
    // The same pack does not try it again unless the owner asks for it, another one does.
    assert_eq!((switch_to(&store, second), left(&store)), (0, 1));
    let event = store.read(|db| photos::find(db, photo)).unwrap().unwrap().event_id;
    let retry = || store.write(move |tx| photo_changes::apply(tx, event, &[photo], Change::Retry)).unwrap();
    assert_eq!((retry(), retry(), left(&store)), (1, 0, 1));
    let job = claim_for(&store, second).unwrap();
    store.write(move |tx| give_up(tx, &job, "its file is damaged")).unwrap();
    let third = store.write(|tx| packs::ensure(tx, Digest([3; 32]), "newest", DIMENSIONS)).unwrap();
    assert_eq!(switch_to(&store, third), 1);
    assert_eq!(store.read(|db| packs::list_former(db, third)).unwrap()[0].photos, 1);
}

fn left(store: &TestStore) -> u64 {
    store.read(|db| progress::of_queue(db, NOW)).unwrap().pending_again
}

#[test]
fn a_photo_to_be_indexed_again_outlasts_errors_that_pass() {
    let (store, [_, second], photo) = indexed();
    switch_to(&store, second);
    let mut now = NOW;
    for _ in 0..2 * MAX_ATTEMPTS {
        let job = store.write(move |tx| claim(tx, second, now)).unwrap().unwrap();
        let after = store.write(move |tx| retry_later(tx, &job, "the drive is not there", now)).unwrap();
        assert_eq!((after, left(&store)), (AfterError::Retried, 1));
        now = now.plus(LONGEST_PAUSE);
    }
    index(&store, photo, second);
    assert_eq!(left(&store), 0);
}

#[test]
fn a_pack_that_was_changed_and_changed_back_leaves_no_job() {
    let (store, [first, second], photo) = indexed();
    let other = add_photo(&store, store.add_event(), first, &[]);
    assert_eq!(switch_to(&store, second), 2);
    index(&store, other, second);
    assert_eq!(switch_to(&store, first), 1);
    let job = claim_for(&store, first).unwrap();
    assert_eq!(job.photo.id, other);
    index(&store, other, first);
    assert!(claim_for(&store, first).is_none());
    assert_eq!(packs_of(&store, photo), [first]);
    assert!(packs_of(&store, other) == [first] && switch_to(&store, first) == 0);
}

#[test]
fn a_photo_that_a_pack_failed_to_index_has_no_job_of_another_pack() {
    let (store, [_, second], photo) = indexed();
    let third = store.write(|tx| packs::ensure(tx, Digest([3; 32]), "newest", DIMENSIONS)).unwrap();
    switch_to(&store, second);
    let job = claim_for(&store, second).unwrap();
    store.write(move |tx| give_up(tx, &job, "its file is damaged")).unwrap();
    assert_eq!((switch_to(&store, third), switch_to(&store, second)), (1, 1));
    assert!(claim_for(&store, third).is_none());
    assert_eq!(claim_for(&store, second).unwrap().photo.id, photo);
    assert!(claim_for(&store, second).is_none());
}
