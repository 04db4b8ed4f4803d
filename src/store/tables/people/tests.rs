//! What is said about people, and when it goes.

use super::*;
use crate::domain::{Capture, FaceId, PixelSize};
use crate::store::indexing::index_photo;
use crate::store::testing::{NOW, TestStore, add_photo};
use crate::store::{events, photo_changes};

struct Album {
    store: TestStore,
    event: EventId,
    photos: [PhotoId; 2],
}

fn album() -> Album {
    let store = TestStore::new();
    let (event, pack) = (store.add_event(), store.add_pack(2));
    let face = Embedding::normalised(vec![1.0, 0.0]).unwrap();
    let photos = [(); 2].map(|()| add_photo(&store, event, pack, &[face.clone(), face.clone()]));
    store.write(move |db| turn(db, event, true)).unwrap();
    Album { store, event, photos }
}

impl Album {
    fn add(&self, name: Option<&'static str>) -> PersonId {
        let event = self.event;
        self.store.write(move |db| create(db, event, name, NOW)).unwrap()
    }

    fn face(&self, photo: usize, at: usize) -> StoredFace {
        self.store.read(|db| faces::list_in_photo(db, self.photos[photo])).unwrap().swap_remove(at)
    }

    fn say(&self, id: PersonId, face: &StoredFace, is_person: bool) {
        let (photo, bounds) = (face.photo_id, face.bounds);
        self.store.write(move |db| say(db, id, photo, bounds, is_person)).unwrap();
    }

    fn said(&self, id: PersonId) -> (Vec<FaceId>, Vec<FaceId>) {
        let Said { theirs, not_theirs } = self.store.read(|db| said(db, id)).unwrap();
        let ids = |faces: Vec<StoredFace>| faces.into_iter().map(|face| face.id).collect();
        (ids(theirs), ids(not_theirs))
    }
}

#[test]
fn faces_are_known_by_their_boxes_and_the_last_word_counts() {
    let album = album();
    let (left, right) = (album.face(0, 0), album.face(0, 1));
    let person = album.add(Some("Ayu"));
    let mut moved = left.clone();
    moved.bounds.w *= 1.1;
    album.say(person, &moved, true);
    album.say(person, &right, false);
    assert_eq!(album.said(person), (vec![left.id], vec![right.id]));
    // One face of a photo is the person's.
    album.say(person, &right, true);
    assert_eq!(album.said(person), (vec![right.id], vec![]));
    album.say(person, &right, false);
    assert_eq!(album.said(person), (vec![], vec![right.id]));
    // Where no face is any more, nothing is said.
    let mut nowhere = album.face(1, 0);
    nowhere.bounds = FaceBox { x: 9000.0, y: 9000.0, w: 5.0, h: 5.0 };
    album.say(person, &nowhere, true);
    assert_eq!(album.said(person), (vec![], vec![right.id]));
}

#[test]
fn what_is_said_outlives_another_indexing_and_a_face_is_one_persons() {
    let album = album();
    let (left, right) = (album.face(0, 0), album.face(0, 1));
    let (a, b) = (album.add(Some("Ayu")), album.add(Some("Budi")));
    album.say(a, &left, true);
    album.say(b, &left, false);
    album.say(b, &right, true);
    let photo = left.photo_id;
    let faces = [left, right].map(|old| {
        let mut face = crate::store::testing::face(Embedding::normalised(vec![0.6, 0.8]).unwrap());
        face.detection.bounds = FaceBox { h: old.bounds.h * 1.1, ..old.bounds };
        face
    });
    let (pack, size) = (album.store.add_pack(2), PixelSize { width: 100, height: 100 });
    album.store.write(move |db| index_photo(db, photo, pack, size, &Capture::default(), &faces)).unwrap();
    let (left, right) = (album.face(0, 0), album.face(0, 1));
    assert_eq!(album.said(a), (vec![left.id], vec![]));
    assert_eq!(album.said(b), (vec![right.id], vec![left.id]));
    album.say(b, &left, true);
    assert_eq!((album.said(a), album.said(b)), ((vec![], vec![]), (vec![left.id], vec![])));
}

#[test]
fn merging_keeps_names_faces_and_portraits() {
    let album = album();
    let (a, b) = (album.add(None), album.add(Some("Budi")));
    let pack = album.store.add_pack(2);
    let portrait = Embedding::normalised(vec![0.0, 1.0]).unwrap();
    album.store.write(move |db| set_portrait(db, b, pack, &portrait)).unwrap();
    let (first, second) = (album.face(0, 0), album.face(1, 1));
    album.say(a, &first, false);
    album.say(b, &first, true);
    album.say(a, &second, true);
    album.say(b, &second, false);
    album.store.write(move |db| merge(db, a, b)).unwrap();
    let people = album.store.read(|db| list(db, album.event)).unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].id, people[0].name.as_deref()), (a, Some("Budi")));
    assert!(people[0].portrait.is_some() && people[0].pack_id == Some(pack));
    let (theirs, not_theirs) = album.said(a);
    assert!(theirs.contains(&first.id) && theirs.contains(&second.id) && not_theirs.is_empty());
}

#[test]
fn all_goes_when_it_is_turned_off_and_with_the_photo_and_the_event() {
    let album = album();
    let event = album.event;
    let (first, second) = (album.face(0, 0), album.face(1, 0));
    let person = album.add(None);
    album.say(person, &first, true);
    album.say(person, &second, false);
    let (gone, delete) = (first.photo_id, photo_changes::Change::Delete);
    album.store.write(move |db| photo_changes::apply(db, event, &[gone], delete)).unwrap();
    assert_eq!(album.said(person), (vec![], vec![second.id]));
    album.store.write(move |db| turn(db, event, false)).unwrap();
    assert!(album.store.read(|db| find(db, event, person)).unwrap().is_none());
    assert_eq!(album.said(person), (vec![], vec![]));
    album.store.write(move |db| turn(db, event, true)).unwrap();
    let person = album.add(None);
    album.say(person, &second, true);
    album.store.write(move |db| events::delete(db, event)).unwrap();
    assert!(album.store.read(|db| find(db, event, person)).unwrap().is_none());
    assert!(!album.store.read(|db| is_on(db, event)).unwrap());
    assert_eq!(album.said(person), (vec![], vec![]));
}
