//! Searches of a store: exact in memory and through the index, and in step with every change.

use proptest::prelude::*;

use super::decide::Crowd;
use super::*;
use crate::domain::{Digest, FaceId};
use crate::store::testing::{TestStore, add_photo};
use crate::store::{Store, events, indexing, packs, photo_changes, photos};

const DIMENSIONS: usize = 12;
const ENOUGH: usize = 1 << 20;

fn searcher(pack: PackId, memory: usize) -> Searcher {
    Searcher::new((pack, Rule::new(0.38, None)), Vec::new(), memory)
}

fn found(searcher: &Searcher, store: &Store, event_id: EventId, selfie: impl Into<FaceCodes>) -> Vec<Match> {
    let query = Query { event_id, selfies: &[selfie.into()], denied: &HashSet::new(), with_hidden: false };
    store.read(|db| searcher.find_photos(db, query)).unwrap().matches
}

/// A face of one of a few people, and a little of someone else.
fn face(person: usize, other: usize) -> Embedding {
    face_of(DIMENSIONS, person, other)
}

fn face_of(dimensions: usize, person: usize, other: usize) -> Embedding {
    let mut values = vec![0.02; dimensions];
    values[person] += 1.0;
    values[other] += 0.2;
    Embedding::normalised(values).unwrap()
}

/// Random vectors, and vectors that differ by less than the 8-bit copies can tell.
fn vectors() -> impl Strategy<Value = Vec<Embedding>> {
    let vector = prop::collection::vec(-1.0_f32..1.0, DIMENSIONS);
    let close = (0.0_f32..0.002, 0..DIMENSIONS).prop_map(|(off, axis)| {
        let mut values = vec![0.3; DIMENSIONS];
        values[axis] += off;
        values
    });
    let one = prop_oneof![vector, close].prop_filter_map("no direction", |v| Embedding::normalised(v).ok());
    prop::collection::vec(one, 150..260)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_most_similar_faces_by_the_record_are_all_candidates(
        all in vectors(),
        selfies in prop::collection::vec(0..150_usize, 1..3),
    ) {
        let store = TestStore::new();
        let (event_id, pack_id) = (store.add_event(), store.add_pack(DIMENSIONS));
        all.chunks(8).for_each(|faces| { add_photo(&store, event_id, pack_id, faces); });
        let selfies: Vec<Embedding> = selfies.into_iter().map(|at| all[at].clone()).collect();
        let denied = HashSet::new();
        let query = PackQuery { event_id, pack_id, selfies: &selfies, denied: &denied, with_hidden: true };
        let ids = |memory: usize| -> (Vec<f32>, Vec<FaceId>) {
            let (rule, memory) = (Rule::new(0.38, None), Memory::new(memory));
            store.read(|db| {
                let faces = memory.faces(db, event_id, pack_id)?;
                let faces = faces.as_ref().map(|faces| faces.read().unwrap());
                let source = Source::new(db, &rule, query, faces.as_deref())?;
                let nearest = source.nearest()?;
                let likeness = |face: &Embedding| {
                    selfies.iter().map(|s| s.similarity(face)).fold(f32::NEG_INFINITY, f32::max)
                };
                Ok(nearest.iter().map(|near| (likeness(&near.seen.embedding), near.face)).unzip())
            }).unwrap()
        };
        let mut exact: Vec<f32> = store.read(|db| {
            let mut exact = Vec::new();
            crate::store::faces::each_since(db, event_id, pack_id, 0, |face| {
                exact.push(selfies.iter().map(|s| s.similarity(&face.embedding)).fold(-1.0, f32::max));
                Ok(())
            })?;
            Ok(exact)
        }).unwrap();
        exact.sort_by(|a, b| b.total_cmp(a));
        // Ties may be resolved either way: the similarities are the same, to the last bit in memory.
        let (in_memory, _) = ids(ENOUGH);
        prop_assert_eq!(&in_memory[..], &exact[..100]);
        let (indexed, _) = ids(0);
        for (a, b) in indexed.iter().zip(&exact) {
            prop_assert!((a - b).abs() < 1e-5);
        }
    }
}

#[test]
fn memory_and_index_give_the_same_matches() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
    // More of one person than are decided about together.
    for n in 0..160 {
        add_photo(&store, event, pack, &[face(0, 1 + n % 11), face(1 + n % 5, 6 + n % 6)]);
    }
    let names = |matches: Vec<Match>| -> Vec<_> {
        matches.into_iter().map(|m| (m.photo.id, m.certainty, m.reason)).collect()
    };
    let in_memory = names(found(&searcher(pack, ENOUGH), &store, event, face(0, 1)));
    let indexed = names(found(&searcher(pack, 0), &store, event, face(0, 1)));
    assert_eq!(in_memory.iter().filter(|found| found.1 == Certainty::Sure).count(), 160);
    assert_eq!(in_memory.iter().collect::<HashSet<_>>(), indexed.iter().collect());
}

#[test]
fn searches_follow_every_change_of_every_process() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
    let searcher = searcher(pack, ENOUGH);
    let search = |store: &Store| -> HashSet<PhotoId> {
        found(&searcher, store, event, face(0, 1)).into_iter().map(|found| found.photo.id).collect()
    };
    assert!(search(&store).is_empty());
    let first = add_photo(&store, event, pack, &[face(0, 2), face(3, 4)]);
    assert_eq!(search(&store), HashSet::from([first]));
    let other_process = store.open_again();
    let second = add_photo(&other_process, event, pack, &[face(0, 5)]);
    assert_eq!(search(&store), HashSet::from([first, second]));
    let hide = |hidden: bool| {
        let change = photo_changes::Change::Hide(hidden);
        other_process.write(move |tx| photo_changes::apply(tx, event, &[second], change)).unwrap();
    };
    hide(true);
    assert_eq!(search(&store), HashSet::from([first]));
    hide(false);
    assert_eq!(search(&store), HashSet::from([first, second]));
    // Deleted and added between two searches.
    other_process.write(move |tx| photos::delete(tx, first)).unwrap();
    let third = add_photo(&other_process, event, pack, &[face(0, 7)]);
    assert_eq!(search(&store), HashSet::from([second, third]));
    store.read(|db| searcher.drop_deleted(db)).unwrap();
    assert_eq!(searcher.memory.held(), HashSet::from([(event, pack)]));
    other_process.write(move |tx| events::delete(tx, event)).unwrap();
    assert!(search(&store).is_empty());
    store.read(|db| searcher.drop_deleted(db)).unwrap();
    assert!(searcher.memory.held().is_empty());
}

#[test]
fn new_faces_are_seen_alike_in_memory_and_through_the_index() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
    let photos: Vec<_> =
        (0..200).map(|n| add_photo(&store, event, pack, &[face(n % 5, 5 + n % 7)])).collect();
    let densities = |searcher: &Searcher| -> Vec<f32> {
        let seen = store.read(|db| {
            let faces = crate::store::faces::list_in_photo(db, photos[0])?;
            searcher.prepare(db, event, &faces)
        });
        seen.unwrap().into_iter().map(|(_, candidate)| candidate.seen.density).collect()
    };
    let (in_memory, indexed) = (densities(&searcher(pack, ENOUGH)), densities(&searcher(pack, 0)));
    assert_eq!(in_memory.len(), 1);
    assert!((in_memory[0] - indexed[0]).abs() < 0.01, "{in_memory:?} {indexed:?}");
}

#[test]
fn a_photo_that_is_indexed_twice_is_still_found() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
    let photo = add_photo(&store, event, pack, &[face(0, 2)]);
    let searcher = searcher(pack, ENOUGH);
    let search = || found(&searcher, &store, event, face(0, 1)).len();
    assert_eq!(search(), 1);
    // As by a worker whose lease has expired: the faces get new ids.
    let size = crate::domain::PixelSize { width: 100, height: 100 };
    let again = store.write(move |tx| {
        let faces = [crate::store::testing::face(face(0, 2))];
        indexing::index_photo(tx, photo, pack, size, &crate::domain::Capture::default(), &faces)
    });
    assert!(again.unwrap());
    assert_eq!(search(), 1);
}

#[test]
fn deleted_faces_leave_memory_with_their_copies() {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
    let photos: Vec<_> = (0..40).map(|n| add_photo(&store, event, pack, &[face(n % 5, 5 + n % 7)])).collect();
    let (deleted, again) = (photos[7], photos[8]);
    let searcher = searcher(pack, ENOUGH);
    found(&searcher, &store, event, face(0, 1));
    store.write(move |tx| photos::delete(tx, deleted).map(drop)).unwrap();
    store.read(|db| searcher.drop_deleted(db)).unwrap();
    let held = || {
        let held = store.read(|db| searcher.memory.faces(db, event, pack)).unwrap().unwrap();
        let held = held.read().unwrap();
        (held.len(), held.crowd().map(Crowd::len))
    };
    assert_eq!(held(), (39, Some(39)));
    // A photo that another pack indexes again stays in the sample, until it is deleted.
    let new = store.write(|tx| packs::ensure(tx, Digest([2; 32]), "new", DIMENSIONS)).unwrap();
    let size = crate::domain::PixelSize { width: 100, height: 100 };
    let capture = crate::domain::Capture::default();
    store.write(move |tx| indexing::index_photo(tx, again, new, size, &capture, &[])).unwrap();
    assert_eq!(held(), (38, Some(39)));
    store.write(move |tx| photos::delete(tx, again).map(drop)).unwrap();
    assert_eq!(held(), (38, Some(38)));
}

#[test]
fn searches_use_the_index_while_another_reads_the_event() {
    let store = TestStore::new();
    let event = (store.add_event(), store.add_pack(DIMENSIONS));
    add_photo(&store, event.0, event.1, &[face(0, 2), face(3, 4)]);
    let searcher = searcher(event.1, ENOUGH);
    let search = || found(&searcher, &store, event.0, face(0, 1)).len();
    let claim = searcher.memory.claim(event);
    assert_eq!((search(), searcher.memory.bytes()), (1, 0));
    drop(claim);
    assert_eq!(search(), 1);
    assert!(searcher.memory.bytes() > 0);
    // A deletion also reaches an event that is being read.
    let other = (store.add_event(), event.1);
    let _claim = searcher.memory.claim(other);
    searcher.memory.drop_event(event.0);
    assert_eq!(searcher.memory.held(), HashSet::from([other]));
    searcher.memory.drop_event(other.0);
    assert!(searcher.memory.held().is_empty());
}

#[test]
fn memory_keeps_to_its_limit() {
    let store = TestStore::new();
    let pack = store.add_pack(DIMENSIONS);
    let event = |faces: usize| {
        let event = store.add_event();
        add_photo(&store, event, pack, &vec![face(0, 1); faces]);
        event
    };
    let (old, recent, large) = (event(4), event(4), event(400));
    let memory = Memory::new(3 * 4 * 540);
    let is_held = |event| store.read(|db| Ok(memory.faces(db, event, pack)?.is_some())).unwrap();
    assert!(is_held(old) && is_held(recent) && !is_held(large));
    assert_eq!(memory.held(), HashSet::from([(old, pack), (recent, pack)]));
    memory.drop_event(old);
    assert_eq!(memory.held(), HashSet::from([(recent, pack)]));
    // Events that grow push out those that were used least recently, at last themselves.
    let newest = event(8);
    assert!(is_held(recent) && is_held(newest));
    add_photo(&store, newest, pack, &vec![face(0, 1); 98]);
    assert!(is_held(newest));
    assert_eq!(memory.held(), HashSet::from([(newest, pack)]));
    add_photo(&store, newest, pack, &vec![face(0, 1); 80]);
    is_held(newest);
    assert!(memory.held().is_empty());
    assert!(!is_held(newest), "too large by now");
}

#[test]
fn photos_of_two_packs_are_found_meanwhile_and_each_once() {
    let store = TestStore::new();
    let (event, former) = (store.add_event(), store.add_pack(DIMENSIONS));
    let current = store.write(|tx| packs::ensure(tx, Digest([2; 32]), "new", 8)).unwrap();
    // The former pack's similarities are twice as high, and mean as much.
    let rules = [(current, Rule::new(0.19, None)), (former, Rule::new(0.38, None))];
    let searcher = Searcher::new(rules[0], vec![rules[1]], ENOUGH);
    let old = [2, 3].map(|n| add_photo(&store, event, former, &[face(0, n)]));
    let new = add_photo(&store, event, current, &[face_of(8, 4, 5)]);
    // In each pack's own space: the axes of one say nothing in the other.
    let selfie = FaceCodes { current: face_of(8, 4, 6), former: vec![(former, face(0, 1))] };
    let search = |selfie: &FaceCodes| found(&searcher, &store, event, selfie.clone());
    let all = search(&selfie);
    assert_eq!(all.iter().map(|found| found.photo.id).collect::<HashSet<_>>(), [old[0], old[1], new].into());
    assert!(all.iter().all(|found| found.certainty == Certainty::Sure) && all.len() == 3);
    let similarity = |id| all.iter().find(|found| found.photo.id == id).unwrap().similarity;
    assert!(all[0].photo.id == new && (similarity(new) - 2.0 * similarity(old[0])).abs() < 0.05, "{all:?}");
    // Without an engine for the former pack, and after a photo was indexed again.
    let alone = FaceCodes::from(selfie.current.clone());
    assert_eq!(search(&alone).len(), 1);
    let size = crate::domain::PixelSize { width: 100, height: 100 };
    let again = store.write(move |tx| {
        let faces = [crate::store::testing::face(face_of(8, 4, 7))];
        indexing::index_photo(tx, old[0], current, size, &crate::domain::Capture::default(), &faces)
    });
    assert!(again.unwrap());
    assert_eq!((search(&selfie).len(), search(&alone).len()), (3, 2));
    let person = store.read(|db| {
        let faces = crate::store::faces::list_in_photo(db, old[1])?;
        searcher.find_person(db, event, &faces[0])
    });
    assert_eq!(person.unwrap().len(), 1);
}
