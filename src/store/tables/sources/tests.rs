//! What sources bring, and what is refused.

use super::*;
use crate::domain::PhotoId;
use crate::intake::{Accepted, IntakeError, accept};
use crate::store::photos;
use crate::store::testing::{NOW, TestStore};

fn add(store: &TestStore, source: Source) -> Source {
    let row = source.clone();
    assert!(store.write(move |tx| insert(tx, &row)).unwrap());
    source
}

fn send(store: &TestStore, source: &Source, byte: u8) -> Result<PhotoId, IntakeError> {
    let bytes = [b"\xFF\xD8\xFF\xE0".as_slice(), &[byte]].concat();
    match accept(store, source.into(), "a.jpg", bytes.as_slice(), 1000, NOW)? {
        Accepted::New(id) => Ok(id),
        Accepted::Known(_) => panic!("known"),
    }
}

#[test]
fn photos_have_their_sources_credit_and_follow_its_change() {
    let store = TestStore::new();
    let event = store.add_event();
    let mut camera = Source::new(event, SourceKind::Camera, "R5".into(), NOW);
    (camera.login, camera.credit) = (Some("r5".into()), Some("Sari".into()));
    let mut camera = add(&store, camera);
    let id = send(&store, &camera, 1).unwrap();
    let photo = || store.read(|db| photos::find(db, id)).unwrap().unwrap();
    assert_eq!((photo().credit, photo().source_id), (Some("Sari".into()), Some(camera.id)));
    camera.credit = Some("Sari W.".into());
    let row = camera.clone();
    assert!(store.write(move |tx| update(tx, &row)).unwrap());
    assert_eq!(photo().credit, camera.credit);
    let later = Timestamp::from_unix_ms(NOW.unix_ms() + 1);
    let counts = store.read(|db| count(db, camera.id, NOW, later)).unwrap();
    assert_eq!(counts, SourceCounts { photos: 1, waiting: 0, today: 1, lately: 0, last_at: Some(NOW) });
    assert_eq!(store.read(|db| find_by_login(db, "r5")).unwrap(), Some(camera.clone()));
    // Its photos stay, and stay credited.
    assert!(store.write(move |tx| delete(tx, camera.id)).unwrap());
    assert_eq!((photo().credit, photo().source_id), (Some("Sari W.".into()), None));
}

#[test]
fn a_contributor_is_credited_by_name_unless_the_owner_says_otherwise() {
    let store = TestStore::new();
    let mut sari = add(&store, Source::new(store.add_event(), SourceKind::Contributor, "Sari".into(), NOW));
    let id = send(&store, &sari, 1).unwrap();
    let credit = || store.read(|db| photos::find(db, id)).unwrap().unwrap().credit.unwrap();
    assert_eq!(credit(), "Sari");
    for (name, given, shown) in
        [("Sari Dewi", None, "Sari Dewi"), ("Sari Dewi", Some("Studio S"), "Studio S"), ("S.", None, "S.")]
    {
        (sari.name, sari.credit) = (name.into(), given.map(str::to_owned));
        let row = sari.clone();
        assert!(store.write(move |tx| update(tx, &row)).unwrap());
        assert_eq!(credit(), shown);
    }
}

#[test]
fn a_source_brings_no_more_than_it_may() {
    let store = TestStore::in_folder();
    let (event, other) = (store.add_event(), store.add_event());
    let mut source = Source::new(event, SourceKind::Contributor, "Budi".into(), NOW);
    source.max_photos = Some(1);
    let mut source = add(&store, source);
    send(&store, &source, 1).unwrap();
    let full = send(&store, &source, 2);
    assert!(matches!(full, Err(IntakeError::Store(StoreError::SourceFull { max_photos: 1 }))));
    (source.max_photos, source.paused) = (None, true);
    let row = source.clone();
    store.write(move |tx| update(tx, &row)).unwrap();
    let refused = |source: &Source| {
        matches!(send(&store, source, 3), Err(IntakeError::Store(StoreError::SourcePaused)))
    };
    assert!(refused(&source));
    source.paused = false;
    let row = source.clone();
    store.write(move |tx| update(tx, &row)).unwrap();
    assert!(refused(&Source { event_id: other, ..source.clone() }));
    send(&store, &source, 3).unwrap();
    store.write(move |tx| delete(tx, source.id)).unwrap();
    assert!(refused(&source));
    assert_eq!(std::fs::read_dir(store.folder().join("incoming")).unwrap().count(), 2);
}

#[test]
fn guests_photos_wait_and_guests_are_one_source() {
    let store = TestStore::new();
    let event = store.add_event();
    let guests = add(&store, Source::new(event, SourceKind::Guests, "Guests".into(), NOW));
    let again = Source::new(event, SourceKind::Guests, "More guests".into(), NOW);
    assert!(!store.write(move |tx| insert(tx, &again)).unwrap());
    let id = send(&store, &guests, 1).unwrap();
    let photo = store.read(|db| photos::find(db, id)).unwrap().unwrap();
    assert!(photo.held && photo.hidden);
    assert_eq!(store.read(|db| find_guests(db, event)).unwrap(), Some(guests.clone()));
    assert_eq!(store.read(|db| list(db, event)).unwrap(), [guests]);
}

#[test]
fn trouble_is_kept_until_it_is_over() {
    let store = TestStore::new();
    let mut folder = Source::new(store.add_event(), SourceKind::Folder, "Card".into(), NOW);
    folder.folder = Some("/media/card".into());
    let id = add(&store, folder).id;
    let trouble = Trouble { kind: SourceTrouble::FolderMissing, detail: None, at: NOW };
    let row = trouble.clone();
    store.write(move |tx| record_trouble(tx, id, &row)).unwrap();
    store.write(move |tx| record_seen(tx, id, NOW)).unwrap();
    let found = || store.read(|db| list_of_kind(db, SourceKind::Folder)).unwrap().remove(0);
    assert_eq!((found().trouble, found().seen_at), (Some(trouble), Some(NOW)));
    store.write(move |tx| clear_trouble(tx, id)).unwrap();
    assert_eq!(store.read(|db| find(db, id)).unwrap().unwrap().trouble, None);
}
