//! The vector index against brute force, its limit, its isolation and its repair.

use proptest::prelude::*;

use super::*;
use crate::domain::Capture;
use crate::domain::{Detection, Digest, ImageFormat, Landmarks, NewPhoto, Point, Quality};
use crate::store::Store;
use crate::store::indexing::{self, Recorded};
use crate::store::tables::{events, packs};
use crate::store::testing::{NOW, TestStore};

const DIMENSIONS: usize = 8;
fn store() -> (TestStore, PackId) {
    let store = TestStore::new();
    let pack = store.write(|tx| packs::ensure(tx, Digest([1; 32]), "test", DIMENSIONS)).unwrap();
    (store, pack)
}

fn add_photo(store: &Store, event_id: EventId, pack: PackId, embeddings: &[Embedding]) -> PhotoId {
    let id = PhotoId::random();
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&id.as_i64().to_le_bytes());
    let photo = NewPhoto {
        id,
        event_id,
        file_name: format!("{id}.jpg"),
        digest: Digest(digest),
        size_bytes: 1,
        format: ImageFormat::Jpeg,
    };
    let faces: Vec<Face> = embeddings.iter().cloned().map(face).collect();
    let size = PixelSize { width: 100, height: 100 };
    store
        .write(move |tx| {
            assert_eq!(indexing::record(tx, &photo, NOW)?, Recorded::New);
            indexing::index_photo(tx, id, pack, size, &Capture::default(), &faces)
        })
        .unwrap();
    id
}

fn face(embedding: Embedding) -> Face {
    Face {
        detection: Detection {
            bounds: FaceBox { x: 1.0, y: 2.0, w: 3.0, h: 4.0 },
            landmarks: Landmarks([Point::default(); 5]),
            score: 0.9,
        },
        quality: Quality { size_px: 3.0, sharpness: 1.0, yaw: 0.0 },
        embedding,
    }
}

fn unit(values: &[i8]) -> Embedding {
    Embedding::normalised(values.iter().map(|v| f32::from(*v) + 0.5).collect()).unwrap()
}

fn search(store: &Store, scope: Scope, query: &Embedding) -> Vec<PhotoId> {
    let mut photos: Vec<PhotoId> = store
        .read(|connection| list_neighbours(connection, scope, query))
        .unwrap()
        .into_iter()
        .map(|neighbour| neighbour.photo.id)
        .collect();
    photos.sort();
    photos
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn index_equals_brute_force(
        vectors in prop::collection::vec(prop::collection::vec(any::<i8>(), DIMENSIONS), 1..60),
        query in prop::collection::vec(any::<i8>(), DIMENSIONS),
        min_similarity in -0.5_f32..0.99,
    ) {
        let (store, pack_id) = store();
        let (event_id, other) = (store.add_event(), store.add_event());
        let query = unit(&query);
        let mut expected = Vec::new();
        for vector in &vectors {
            let embedding = unit(vector);
            add_photo(&store, other, pack_id, std::slice::from_ref(&embedding));
            let id = add_photo(&store, event_id, pack_id, std::slice::from_ref(&embedding));
            let stored = Embedding::from_f16_bytes(&embedding.to_f16_bytes()).unwrap();
            if stored.similarity(&query) >= min_similarity {
                expected.push(id);
            }
        }
        expected.sort();
        let scope = Scope { event_id, pack_id, min_similarity, with_hidden: false };
        prop_assert_eq!(search(&store, scope, &query), expected.clone());
        let scanned = store.read(|connection| by_scan(connection, scope, &query)).unwrap();
        prop_assert_eq!(scanned.len(), expected.len());
    }
}

#[test]
fn finds_all_past_the_limit_of_the_index() {
    let (store, pack_id) = store();
    let event_id = store.add_event();
    let one = unit(&[100, 3, 0, 0, 0, 0, 0, 1]);
    let faces = vec![one.clone(); vectors::MAX_NEIGHBOURS + 10];
    add_photo(&store, event_id, pack_id, &faces);
    let scope = Scope { event_id, pack_id, min_similarity: 0.9, with_hidden: false };
    assert_eq!(search(&store, scope, &one).len(), vectors::MAX_NEIGHBOURS + 10);
}

#[test]
fn a_lost_or_stale_index_is_rebuilt_at_start() {
    let (mut store, pack_id) = store();
    let event_id = store.add_event();
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let photo = add_photo(&store, event_id, pack_id, &[one.clone(), unit(&[-9, 1, 1, 1, 1, 1, 1, 1])]);
    let scope = Scope { event_id, pack_id, min_similarity: 0.9, with_hidden: false };
    for damage in ["drop table face_vec_1", "delete from face_vec_1"] {
        store.write(move |tx| tx.execute(damage, ())).unwrap();
        store = store.reopen();
        assert_eq!(search(&store, scope, &one), [photo], "after {damage}");
    }
    let written = store.write(crate::store::tables::packs::reindex).unwrap();
    assert_eq!(written, 2);
}

#[test]
fn deleting_an_event_deletes_its_vectors_and_nobody_elses() {
    let (store, pack_id) = store();
    let (gone, kept) = (store.add_event(), store.add_event());
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    add_photo(&store, gone, pack_id, std::slice::from_ref(&one));
    let photo = add_photo(&store, kept, pack_id, std::slice::from_ref(&one));
    store.write(move |tx| events::delete(tx, gone)).unwrap();
    let count = |sql: &'static str| store.read(|connection| connection.value::<i64>(sql, ())).unwrap();
    assert_eq!(count("select count(*) from face"), 1);
    assert_eq!(count("select count(*) from face_vec_1"), 1);
    let scope = Scope { event_id: kept, pack_id, min_similarity: 0.9, with_hidden: false };
    assert_eq!(search(&store, scope, &one), [photo]);
    assert!(search(&store, Scope { event_id: gone, ..scope }, &one).is_empty());
}

#[test]
fn a_photo_deleted_during_its_indexing_stays_deleted() {
    let (store, pack) = store();
    let event_id = store.add_event();
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let id = add_photo(&store, event_id, pack, std::slice::from_ref(&one));
    store.write(move |tx| events::delete(tx, event_id)).unwrap();
    let size = PixelSize { width: 1, height: 1 };
    let indexed = store
        .write(move |tx| indexing::index_photo(tx, id, pack, size, &Capture::default(), &[face(one.clone())]))
        .unwrap();
    assert!(!indexed);
    let left = store.read(|connection| connection.value::<i64>("select count(*) from face", ()));
    assert_eq!(left.unwrap(), 0);
}
