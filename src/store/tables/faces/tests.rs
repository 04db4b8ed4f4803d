//! The vector index against brute force, its isolation and its repair.

use proptest::prelude::*;

use super::*;
use crate::domain::{Capture, Embedding};
use crate::store::Store;
use crate::store::indexing;
use crate::store::tables::events;
use crate::store::testing::{TestStore, add_photo, face};

const DIMENSIONS: usize = 8;

fn store() -> (TestStore, PackId) {
    let store = TestStore::new();
    let pack = store.add_pack(DIMENSIONS);
    (store, pack)
}

fn unit(values: &[i8]) -> Embedding {
    Embedding::normalised(values.iter().map(|v| f32::from(*v) + 0.5).collect()).unwrap()
}

/// The photos of the faces that the index finds, in the order of their ids.
fn search(store: &Store, (event, pack): (EventId, PackId), query: &Embedding, limit: usize) -> Vec<PhotoId> {
    let found = store.read(|db| {
        let faces = nearest(db, event, pack, query, limit)?;
        find_in_photos(db, event, &faces)
    });
    let mut photos: Vec<PhotoId> = found.unwrap().into_iter().map(|face| face.photo.id).collect();
    photos.sort();
    photos
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn index_equals_brute_force(
        vectors in prop::collection::vec(prop::collection::vec(any::<i8>(), DIMENSIONS), 1..60),
        query in prop::collection::vec(any::<i8>(), DIMENSIONS),
        limit in 1_usize..20,
    ) {
        let (store, pack) = store();
        let (event, other) = (store.add_event(), store.add_event());
        let query = unit(&query);
        let mut all: Vec<(f32, PhotoId)> = Vec::new();
        for vector in &vectors {
            let embedding = unit(vector);
            add_photo(&store, other, pack, std::slice::from_ref(&embedding));
            let id = add_photo(&store, event, pack, std::slice::from_ref(&embedding));
            all.push((as_recorded(&embedding).unwrap().similarity(&query), id));
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Equal to the last one within the precision of floats: either may be found.
        let least = all[limit.min(all.len()) - 1].0;
        let found = search(&store, (event, pack), &query, limit);
        prop_assert_eq!(found.len(), limit.min(all.len()));
        for (similarity, id) in all {
            prop_assert!((similarity - least).abs() < 1e-5 || found.contains(&id) == (similarity > least));
        }
    }
}

#[test]
fn a_lost_or_stale_index_is_rebuilt_at_start() {
    let mut store = TestStore::in_folder();
    let pack = store.add_pack(DIMENSIONS);
    let event = store.add_event();
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let photo = add_photo(&store, event, pack, &[one.clone(), unit(&[-9, 1, 1, 1, 1, 1, 1, 1])]);
    for damage in ["drop table face_vec_1", "delete from face_vec_1"] {
        store.write(move |tx| tx.execute(damage, ())).unwrap();
        store = store.reopen();
        assert_eq!(search(&store, (event, pack), &one, 1), [photo], "after {damage}");
    }
    let written = store.write(crate::store::tables::packs::reindex).unwrap();
    assert_eq!(written, 2);
}

#[test]
fn deleting_an_event_deletes_its_vectors_and_nobody_elses() {
    let (store, pack) = store();
    let (gone, kept) = (store.add_event(), store.add_event());
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    add_photo(&store, gone, pack, std::slice::from_ref(&one));
    let photo = add_photo(&store, kept, pack, std::slice::from_ref(&one));
    store.write(move |tx| events::delete(tx, gone)).unwrap();
    let count = |sql: &'static str| store.read(|db| db.value::<i64>(sql, ())).unwrap();
    assert_eq!(count("select count(*) from face"), 1);
    if store.read(|db| Ok(db.is_file())).unwrap() {
        assert_eq!(count("select count(*) from face_vec_1"), 1);
    }
    assert_eq!(search(&store, (kept, pack), &one, 9), [photo]);
    assert!(search(&store, (gone, pack), &one, 9).is_empty());
}

#[test]
fn a_photo_deleted_during_its_indexing_stays_deleted() {
    let (store, pack) = store();
    let event = store.add_event();
    let one = unit(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let id = add_photo(&store, event, pack, std::slice::from_ref(&one));
    store.write(move |tx| events::delete(tx, event)).unwrap();
    let size = PixelSize { width: 1, height: 1 };
    let indexed = store
        .write(move |tx| indexing::index_photo(tx, id, pack, size, &Capture::default(), &[face(one.clone())]))
        .unwrap();
    assert!(!indexed);
    let left = store.read(|db| db.value::<i64>("select count(*) from face", ()));
    assert_eq!(left.unwrap(), 0);
}
