//! Active faces end in time, and what a guest deleted stays deleted.

use super::*;
use crate::domain::{Embedding, Event, FaceId};
use crate::web::access::consent::Consent;

const START: Timestamp = Timestamp::from_unix_ms(0);

fn guest() -> GuestAccess {
    let event = Event { tap_search: true, ..Event::new("Party".into(), None, START) };
    GuestAccess {
        event: event.into(),
        token_hash: Digest([1; 32]),
        consent: Consent { to_selfies: true, to_taps: true },
    }
}

fn put(faces: &ActiveFaces, session: Digest, event: EventId, at: Timestamp) {
    faces.put(session, event, face(), (at, at));
}

fn embedding() -> Embedding {
    Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap()
}

fn face() -> ActiveFace {
    ActiveFace::new(People::of_selfie(vec![embedding().into()], None), Known::new(Vec::new(), &[]))
}

fn tap(faces: &ActiveFaces, guest: &GuestAccess, at: Timestamp) {
    let people = People::of_face(FaceId::random(), embedding().into());
    let face = ActiveFace::new(people, Known::new(Vec::new(), &[]));
    faces.put(guest.token_hash, guest.event.id, face, (at, at));
}

#[test]
fn a_face_expires_with_its_page_and_after_a_day_at_most() {
    let (faces, guest) = (ActiveFaces::default(), guest());
    let (session, event) = (guest.token_hash, guest.event.id);
    put(&faces, session, event, START);
    let mut now = START;
    while now.since(START) + Duration::from_mins(50) < MAX_AGE {
        now = now.plus(Duration::from_mins(50));
        assert!(faces.find(&guest, now).is_some());
    }
    assert!(faces.find(&guest, START.plus(MAX_AGE)).is_none());
    put(&faces, session, event, START);
    // Asking whether it is known does not extend it.
    assert!(faces.knows(&guest, START.plus(Duration::from_mins(59))));
    faces.delete_expired(START.plus(IDLE_TIMEOUT));
    assert!(!faces.knows(&guest, START));
}

#[test]
fn a_late_search_brings_no_deleted_face_back() {
    let (faces, guest) = (ActiveFaces::default(), guest());
    let (session, event) = (guest.token_hash, guest.event.id);
    let later = |seconds| START.plus(Duration::from_secs(seconds));
    put(&faces, session, event, START);
    let mut deletions = faces.deletions();
    faces.delete(session, later(5));
    assert!(faces.find(&guest, later(5)).is_none() && deletions.has_changed().unwrap());
    deletions.mark_unchanged();
    faces.put(session, event, face(), (later(4), later(9)));
    assert!(!faces.knows(&guest, later(9)));
    // A selfie taken after the deletion counts.
    faces.put(session, event, face(), (later(6), later(9)));
    assert!(faces.knows(&guest, later(9)));
    faces.delete_event(EventId::random());
    assert!(faces.knows(&guest, later(9)));
    faces.delete_event(event);
    assert!(!faces.knows(&guest, later(9)));
    faces.delete(session, later(10));
    faces.delete_expired(later(10).plus(MAX_SEARCH_TIME));
    assert!(faces.lock().is_empty());
}

#[test]
fn a_tapped_face_leaves_the_guests_own_beside_it() {
    let (faces, mut guest) = (ActiveFaces::default(), guest());
    let later = |steps: u64| START.plus(Duration::from_mins(50 * steps));
    let is_tapped = |guest: &GuestAccess, at| faces.find(guest, at).map(|face| face.is_tapped());
    // Without an own one, there is none to return to.
    tap(&faces, &guest, START);
    assert_eq!((is_tapped(&guest, START), faces.count_selfies(&guest, START)), (Some(true), 0));
    faces.end_tap(guest.token_hash, START);
    assert_eq!(is_tapped(&guest, START), None);
    put(&faces, guest.token_hash, guest.event.id, START);
    tap(&faces, &guest, later(1));
    tap(&faces, &guest, later(2));
    assert_eq!((is_tapped(&guest, later(2)), faces.count_selfies(&guest, later(2))), (Some(true), 1));
    // The tapped one does not count once the owner withdraws the permission.
    Arc::make_mut(&mut guest.event).tap_search = false;
    assert_eq!(is_tapped(&guest, later(3)), Some(false));
    assert!(faces.knows(&guest, later(3)));
    Arc::make_mut(&mut guest.event).tap_search = true;
    faces.end_taps(EventId::random(), later(2));
    assert_eq!(is_tapped(&guest, later(3)), Some(true));
    faces.end_taps(guest.event.id, later(2));
    tap(&faces, &guest, later(2));
    assert_eq!(is_tapped(&guest, later(3)), Some(false));
    faces.end_tap(guest.token_hash, START);
    assert_eq!(is_tapped(&guest, later(3)), Some(false));
    // A tap that was searched for when the guest returned comes too late.
    faces.end_tap(guest.token_hash, later(2));
    tap(&faces, &guest, later(2));
    assert_eq!(is_tapped(&guest, later(3)), Some(false));
    tap(&faces, &guest, later(3));
    assert_eq!(is_tapped(&guest, later(3)), Some(true));
    // Taps do not make the guest's own last longer than a day.
    let mut steps = 3;
    while later(steps).since(START) < MAX_AGE {
        tap(&faces, &guest, later(steps));
        steps += 1;
    }
    assert_eq!(is_tapped(&guest, later(steps)), None);
    tap(&faces, &guest, later(steps));
    assert_eq!(faces.count_selfies(&guest, later(steps)), 0);
}

#[test]
fn the_number_of_faces_is_limited() {
    let (faces, event) = (ActiveFaces::default(), EventId::random());
    for number in 0..u32::try_from(MAX_FACES).unwrap() + 5 {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        put(&faces, Digest(id), event, Timestamp::from_unix_ms(number.into()));
    }
    assert_eq!(faces.lock().len(), MAX_FACES);
}
