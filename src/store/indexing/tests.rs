//! Leases, retries and their bounds.

use super::*;
use crate::domain::EventId;
use crate::domain::{Digest, PhotoState};
use crate::store::BlobKey;
use crate::store::tables::{events, jobs, photos, sessions};
use crate::store::testing::{NOW, TestStore};

fn waiting() -> (TestStore, EventId, PhotoId) {
    let store = TestStore::new();
    let event_id = store.add_event();
    let id = store.receive(event_id, b"a photo");
    (store, event_id, id)
}

fn claim_at(store: &TestStore, now: Timestamp) -> Option<Job> {
    store.write(move |tx| claim(tx, now)).unwrap()
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
    assert!(!store.read(|connection| jobs::any_free(connection, NOW)).unwrap());
    let later = NOW.plus(LEASE);
    let second = claim_at(&store, later).unwrap();
    assert_eq!(second.attempt, 2);
    // The first worker comes back too late to change anything.
    store.write(move |tx| give_up(tx, &first, "late")).unwrap();
    assert_eq!(state(&store, id), PhotoState::Pending);
    assert!(claim_at(&store, later).is_none());
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
    let find = |now| store.read(|connection| sessions::find(connection, token, "1", now)).unwrap();
    assert!(find(NOW).is_some_and(|session| !session.consented));
    assert!(find(end).is_none());
    store.write(move |tx| sessions::consent(tx, token, "1", NOW)).unwrap();
    assert!(find(NOW).is_some_and(|session| session.consented));
    store.write(|tx| tx.execute("update event set password_hash = 'another'", ())).unwrap();
    assert!(find(NOW).is_none());
    // Let in by a password that was changed while it was compared: no session.
    event.password_version += 1;
    assert!(!store.write(move |tx| sessions::insert(tx, Digest([8; 32]), &event, end)).unwrap());
}
