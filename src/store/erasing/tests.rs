//! What is left of what was erased: nothing but its entry.

use std::fs;
use std::time::Duration;

use super::*;
use crate::domain::{Embedding, Erasure, ImageFormat, PhotoId};
use crate::store::tables::{erasures, faces as face_rows, people, photos};
use crate::store::testing::{NOW, TestStore, add_photo};
use crate::store::{BlobKey, SecretFile, indexing};

fn one() -> Embedding {
    Embedding::normalised(vec![0.6, 0.8]).unwrap()
}

fn list(store: &TestStore) -> Vec<Erasure> {
    store.record().unwrap().entries
}

fn erase(store: &TestStore, id: EventId) {
    assert!(store.write(move |db| event(db, id, ErasureReason::Owner, NOW)).unwrap());
    store.purge_blobs().unwrap();
}

#[test]
fn an_entry_says_what_an_event_held_and_outlives_it() {
    let store = TestStore::in_folder();
    let (pack, id) = (store.add_pack(2), store.add_event());
    add_photo(&store, id, pack, &[one(), one()]);
    add_photo(&store, id, pack, &[one()]);
    store.write(move |db| people::create(db, id, Some("Rina"), NOW)).unwrap();
    erase(&store, id);
    assert!(!store.write(move |db| event(db, id, ErasureReason::Owner, NOW)).unwrap(), "it is gone");
    let record = store.record().unwrap();
    let [entry] = &record.entries[..] else { panic!("{:?}", record.entries) };
    assert_eq!((entry.number, entry.kind, entry.reason), (1, ErasureKind::Event, ErasureReason::Owner));
    assert_eq!(entry.event_name.as_deref(), Some("test"));
    let counts = ErasedCounts { photos: 2, faces: 3, people: 1, ..ErasedCounts::default() };
    assert_eq!((entry.counts, entry.at, record.fault), (counts, NOW, None));
    assert!(entry.signature.is_some());
    let store = store.reopen();
    assert_eq!(store.record().unwrap().entries, record.entries);
    assert_eq!(store.record().unwrap().public_key, record.public_key);
}

#[test]
fn an_entry_is_signed_when_the_files_are_gone_and_not_before() {
    let store = TestStore::in_folder();
    let id = store.add_event();
    let photo = store.receive(id, b"x");
    // In place of the file: what cannot be deleted.
    let blocked = store.folder().join(BlobKey::Original(photo, ImageFormat::Jpeg).to_string());
    fs::create_dir_all(blocked.join("full")).unwrap();
    erase(&store, id);
    assert_eq!(list(&store)[0].signature, None);
    assert_eq!(store.record().unwrap().fault, None);
    fs::remove_dir_all(&blocked).unwrap();
    store.purge_blobs().unwrap();
    assert!(list(&store)[0].signature.is_some());
}

#[test]
fn faces_go_with_their_vectors_and_people_and_photos_stay() {
    let store = TestStore::new();
    let (pack, id, other) = (store.add_pack(2), store.add_event(), store.add_event());
    let photo = add_photo(&store, id, pack, &[one()]);
    add_photo(&store, other, pack, &[one()]);
    store.write(move |db| people::turn(db, id, true)).unwrap();
    store.write(move |db| people::create(db, id, Some("Rina"), NOW)).unwrap();
    assert!(store.write(move |db| faces(db, id, ErasureReason::Date, NOW)).unwrap());
    let count = |sql: &'static str| store.read(|db| db.value::<i64>(sql, ())).unwrap();
    assert_eq!(count("select count(*) from face"), 1);
    if store.read(|db| Ok(db.is_file())).unwrap() {
        assert_eq!(count("select count(*) from face_vec_1"), 1);
    }
    assert_eq!(count("select count(*) from person"), 0);
    assert_eq!(count("select sum(faces) from photo"), 1);
    assert!(!store.read(|db| people::is_on(db, id)).unwrap());
    assert!(store.read(|db| photos::find(db, photo)).unwrap().is_some_and(|photo| photo.visible));
    assert_eq!(store.read(|db| events::find(db, id)).unwrap().unwrap().faces_deleted_at, Some(NOW));
    assert!(!store.write(move |db| faces(db, id, ErasureReason::Date, NOW)).unwrap(), "once");
    store.purge_blobs().unwrap();
    let [entry] = &list(&store)[..] else { panic!() };
    assert_eq!((entry.kind, entry.counts.faces, entry.counts.people), (ErasureKind::Faces, 1, 1));
    assert!(entry.signature.is_some());
    // Whatever still finds faces there: a worker that began before, another pack.
    let later: PhotoId = add_photo(&store, id, pack, &[one(), one()]);
    assert_eq!(store.read(|db| face_rows::list_in_photo(db, later)).unwrap(), []);
    let pack =
        store.write(|db| crate::store::packs::ensure(db, crate::domain::Digest([2; 32]), "b", 2)).unwrap();
    assert_eq!(store.write(move |db| indexing::switch_pack(db, pack)).unwrap(), 1, "only the other event's");
}

#[test]
fn accounts_and_selfies_leave_entries_without_a_name() {
    let store = TestStore::new();
    let (user, later) = (store.add_user(), NOW.plus(Duration::from_hours(24)));
    let none = selfies::Content::Refused("selfie.no_face".into());
    let keep = move |db: &Writer, at| replace_selfie(db, user, (SelfieId::random(), &none), "1", at);
    let (again, third) = (keep.clone(), keep.clone());
    store.write(move |db| keep(db, NOW)).unwrap();
    store.write(move |db| again(db, NOW)).unwrap();
    assert_eq!(store.write(move |db| unused_selfies(db, NOW, NOW)).unwrap(), 0);
    assert_eq!(store.write(move |db| unused_selfies(db, later, later)).unwrap(), 1);
    store.write(move |db| third(db, NOW)).unwrap();
    assert!(store.write(move |db| account(db, user, ErasureReason::User, later)).unwrap());
    store.purge_blobs().unwrap();
    let entries = list(&store);
    let seen: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.reason, entry.counts.selfies)).collect();
    assert_eq!(
        seen,
        [
            (ErasureKind::Selfie, ErasureReason::User, 1),
            (ErasureKind::Selfie, ErasureReason::Unused, 1),
            (ErasureKind::Account, ErasureReason::User, 1)
        ]
    );
    assert!(entries.iter().all(|entry| entry.event_name.is_none() && entry.owner_id.is_none()));
}

#[test]
fn an_older_database_is_noticed_and_said_in_the_record() {
    let store = TestStore::in_folder();
    let [first, second] = [store.add_event(), store.add_event()];
    erase(&store, first);
    assert!(!store.note_restore(NOW).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("older");
    fs::File::create(&older).unwrap();
    crate::store::sql::sqlite::snapshot(&store.folder().join(crate::store::DATABASE), &older).unwrap();
    erase(&store, second);
    assert_eq!(list(&store).len(), 2);
    // Put in place by hand.
    let (kept, database) = store.close();
    for ending in ["-wal", "-shm"] {
        fs::remove_file(kept.path().join(format!("{database}{ending}"))).ok();
    }
    fs::copy(&older, kept.path().join(database)).unwrap();
    let store = crate::store::Store::open(kept.path(), crate::store::Durability::Normal).unwrap();
    let record = store.record().unwrap();
    assert_eq!((record.entries.len(), record.fault), (1, Some(Fault::CutOff(2))));
    // Nothing is signed over the gap until an entry says that there is one.
    store.write(move |db| event(db, second, ErasureReason::Owner, NOW)).unwrap();
    store.purge_blobs().unwrap();
    assert_eq!(store.record().unwrap().entries[1].signature, None);
    assert!(store.note_restore(NOW).unwrap());
    assert!(!store.note_restore(NOW).unwrap());
    let record = store.record().unwrap();
    assert_eq!(record.fault, None);
    let kinds: Vec<_> = record.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [ErasureKind::Event, ErasureKind::Event, ErasureKind::Restore]);
    assert!(record.entries.iter().all(|entry| entry.signature.is_some()));
    // The file that names the last entry is lost.
    store.write_secret_file(SecretFile::LastErasure, b"").unwrap();
    assert_eq!(store.record().unwrap().fault, Some(Fault::Restored));
    assert_eq!(store.read(erasures::list).unwrap().len(), 3);
}
