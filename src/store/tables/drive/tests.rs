//! Listings taken over, searches in their order, and what is forgotten when.

use std::time::Duration;

use super::*;
use crate::domain::{DriveMatch, DriveSearchId, DriveStatus, Embedding, FaceBox, PixelSize, UserId};
use crate::store::tables::drive::faces::{DriveFace, Findings};
use crate::store::tables::drive::files::{ListedFile, Refusal};
use crate::store::tables::drive::searches::NewSearch;
use crate::store::tables::{packs, purges};
use crate::store::testing::{NOW, TestStore};
use crate::store::{BlobKey, PackId};

const FOLDER: &str = "folder";
const FACE: FaceBox = FaceBox { x: 1.0, y: 2.0, w: 3.0, h: 4.0 };

fn file(id: &str, version: &str) -> ListedFile {
    ListedFile {
        id: id.to_owned(),
        resource_key: None,
        version: version.to_owned(),
        size_bytes: Some(7),
        thumbnail: Some(format!("https://pictures.example/{version}")),
        readable: true,
    }
}

fn unit(values: [f32; 2]) -> Embedding {
    Embedding::normalised(values.to_vec()).unwrap()
}

fn pack(store: &TestStore, number: u8) -> PackId {
    store.write(move |tx| packs::ensure(tx, crate::domain::Digest([number; 32]), "test", 2)).unwrap()
}

fn add_search(store: &TestStore, user_id: UserId, folder_id: &str, now: Timestamp) -> DriveSearchId {
    let search = NewSearch {
        user_id,
        folder_id: folder_id.to_owned(),
        resource_key: None,
        folder_name: "Party".to_owned(),
        url: "https://drive.google.com/x".to_owned(),
        pack_id: pack(store, 1),
        embedding: unit([1.0, 0.0]),
    };
    store.write(move |tx| searches::create(tx, &search, now)).unwrap().id
}

/// Takes over a listing, and gives every picture that waits a face.
fn index(store: &TestStore, pack_id: PackId, listed: &[ListedFile]) -> Vec<String> {
    let listed = listed.to_vec();
    store
        .write(move |tx| {
            files::record(tx, FOLDER, pack_id, &listed)?;
            files::forget_others(tx, FOLDER, &listed)?;
            let mut indexed = Vec::new();
            while let Some(file) = files::find_pending(tx, FOLDER)? {
                let face = DriveFace { bounds: FACE, embedding: unit([1.0, 0.0]) };
                let size = PixelSize { width: 40, height: 30 };
                assert!(faces::commit(tx, FOLDER, &file, &Findings { pack_id, size, faces: vec![face] })?);
                indexed.push(file.id);
            }
            Ok(indexed)
        })
        .unwrap()
}

fn similar(store: &TestStore, pack_id: PackId, wanted: [f32; 2], least: f32) -> Vec<String> {
    let found = store
        .read(|connection| faces::list_similar(connection, FOLDER, pack_id, &unit(wanted), least))
        .unwrap();
    found.into_iter().map(|similar| similar.file.id).collect()
}

#[test]
fn a_listing_keeps_faces_of_what_is_unchanged_and_forgets_the_rest() {
    let store = TestStore::new();
    add_search(&store, store.add_user(), FOLDER, NOW);
    let (pack_id, other) = (pack(&store, 1), pack(&store, 2));
    let [a, b, c] = ["a", "b", "c"].map(|id| file(id, "1"));
    assert_eq!(index(&store, pack_id, &[a.clone(), b.clone(), c]), ["a", "b", "c"]);
    assert_eq!(index(&store, pack_id, &[a.clone(), file("b", "2")]), ["b"]);
    assert_eq!(similar(&store, pack_id, [1.0, 0.0], 0.9), ["a", "b"]);
    assert_eq!(similar(&store, pack_id, [0.0, 1.0], 0.1), [""; 0]);
    assert!(similar(&store, other, [1.0, 0.0], 0.9).is_empty());
    assert_eq!(index(&store, other, &[a, b]), ["a", "b"]);
    assert!(similar(&store, pack_id, [1.0, 0.0], 0.9).is_empty());
}

#[test]
fn the_threshold_is_inclusive_and_commits_for_another_version_are_refused() {
    let store = TestStore::new();
    add_search(&store, store.add_user(), FOLDER, NOW);
    let pack_id = pack(&store, 1);
    index(&store, pack_id, &[file("a", "1")]);
    assert_eq!(similar(&store, pack_id, [1.0, 0.0], 1.0), ["a"]);
    let findings = Findings { pack_id, size: PixelSize { width: 1, height: 1 }, faces: Vec::new() };
    assert!(!store.write(move |tx| faces::commit(tx, FOLDER, &file("a", "2"), &findings)).unwrap());
    assert_eq!(similar(&store, pack_id, [1.0, 0.0], 1.0), ["a"]);
}

#[test]
fn pictures_given_up_for_now_are_tried_again_and_those_for_good_are_not() {
    let store = TestStore::new();
    let search = add_search(&store, store.add_user(), FOLDER, NOW);
    let pack_id = pack(&store, 1);
    let pending = |store: &TestStore| {
        store.read(|connection| files::find_pending(connection, FOLDER)).unwrap().map(|file| file.id)
    };
    store
        .write(move |tx| {
            files::record(tx, FOLDER, pack_id, &[file("a", "1"), file("b", "1"), file("c", "1")])?;
            files::fail(tx, FOLDER, &file("a", "1"), Refusal::Final, "no picture")?;
            files::fail(tx, FOLDER, &file("b", "1"), Refusal::ForNow, "refused")?;
            files::fail(tx, FOLDER, &file("c", "0"), Refusal::Final, "changed meanwhile")
        })
        .unwrap();
    assert_eq!(pending(&store).as_deref(), Some("c"));
    let counts = store.read(|connection| searches::find(connection, search)).unwrap().unwrap().counts;
    assert_eq!((counts.total, counts.done, counts.failed), (3, 2, 2));
    // Too often in vain.
    let tries = || store.write(|tx| files::count_attempt(tx, FOLDER, &file("c", "1"))).unwrap();
    assert_eq!((0..11).filter(|_| tries()).count(), 10);
    assert_eq!(pending(&store), None);
    store.write(|tx| files::ask_again(tx, FOLDER)).unwrap();
    assert_eq!(index(&store, pack_id, &[file("a", "1"), file("b", "1")]), ["b"]);
}

#[test]
fn searches_are_done_oldest_first_and_listed_newest_first() {
    let store = TestStore::new();
    let (ann, bob) = (store.add_user(), store.add_user());
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    let first = add_search(&store, ann, "one", later(0));
    let second = add_search(&store, ann, "two", later(1));
    let third = add_search(&store, bob, "one", later(2));
    assert_eq!(add_search(&store, ann, "one", later(3)), first);
    let ids = |user, skip, limit| -> Vec<_> {
        let page = store.read(|connection| searches::list(connection, user, skip, limit)).unwrap();
        page.into_iter().map(|search| search.id).collect()
    };
    assert_eq!(ids(ann, 0, 100), [second, first]);
    assert_eq!((ids(ann, 1, 1), ids(ann, 2, 1), ids(bob, 0, 1)), (vec![first], vec![], vec![third]));

    let claim = |now| store.write(move |tx| queue::claim(tx, now)).unwrap().map(|job| job.search_id);
    assert_eq!(claim(later(9)), Some(first));
    store.write(move |tx| queue::put_back(tx, first, later(100), "later")).unwrap();
    assert_eq!((claim(later(9)), claim(later(9)), claim(later(9))), (Some(second), Some(third), None));
    assert!(!store.read(|connection| queue::any_free(connection, later(99))).unwrap());
    // The third one has their folder.
    assert_eq!(claim(later(100)), None);
    assert!(!store.read(|connection| queue::any_free(connection, later(100))).unwrap());
    store.write(move |tx| queue::end(tx, third, DriveStatus::Completed, "done", later(100))).unwrap();
    assert_eq!(claim(later(100)), Some(first));
    store.write(move |tx| queue::end(tx, first, DriveStatus::Failed, "no", later(100))).unwrap();
    assert!(!store.write(move |tx| queue::renew(tx, first, NOW)).unwrap());
    // A start alone ends the leases of the others.
    let store = store.reopen();
    let claimed = store.write(move |tx| queue::claim(tx, later(101))).unwrap().map(|job| job.search_id);
    assert_eq!(claimed, Some(second));
}

#[test]
fn old_searches_go_with_their_copies_and_folders_with_their_last_search() {
    let store = TestStore::new();
    let user = store.add_user();
    let old = add_search(&store, user, FOLDER, NOW);
    index(&store, pack(&store, 1), &[file("a", "1")]);
    let size = Some(PixelSize { width: 640, height: 480 });
    let found = DriveMatch { id: DriveMatchId::random(), face: FACE, size, similarity: 0.5, created_at: NOW };
    let insert = |file_id: &'static str, found: DriveMatch| {
        store.write(move |tx| matches::insert(tx, old, file_id, &found)).unwrap()
    };
    let again = DriveMatch { id: DriveMatchId::random(), ..found };
    assert!(insert("a", found));
    assert!(!insert("a", again), "each picture once");
    let new = add_search(&store, store.add_user(), "other", NOW.plus(Duration::from_secs(10)));
    let sweep_at =
        |seconds| store.write(move |tx| sweep(tx, NOW.plus(Duration::from_secs(seconds)))).unwrap();
    let purges = || store.read(|db| purges::list(db, NOW)).unwrap();
    sweep_at(0);
    assert!(purges().is_empty());
    sweep_at(5);
    assert_eq!(purges(), [BlobKey::Copy(found.id)]);
    assert!(!insert("b", again), "the search is gone");
    assert!(similar(&store, pack(&store, 1), [1.0, 0.0], 0.9).is_empty());
    assert!(store.read(|connection| searches::find(connection, new)).unwrap().is_some());
}
