//! Groups and photos of people in small events.

use std::collections::HashMap;

use super::*;
use crate::search::Rule;
use crate::store::faces;
use crate::store::photo_changes::{self, Change};
use crate::store::testing::{TestStore, add_photo};

const DIMENSIONS: usize = 12;

/// Searches in an event of a few people, each with an axis of their own.
struct Party {
    store: TestStore,
    event: EventId,
    pack: PackId,
    searcher: Searcher,
}

impl Party {
    fn new() -> Self {
        let store = TestStore::new();
        let (event, pack) = (store.add_event(), store.add_pack(DIMENSIONS));
        Self {
            store,
            event,
            pack,
            searcher: Searcher::new((pack, Rule::new(0.38, None)), Vec::new(), 1 << 20),
        }
    }

    /// Adds a photo of these people; `turn` makes their faces look a little different.
    fn add(&self, people: &[usize], turn: usize) -> PhotoId {
        let face = |person: &usize| {
            let mut values = vec![0.02; DIMENSIONS];
            values[*person] += 1.0;
            values[6 + turn % 6] += 0.2;
            Embedding::normalised(values).unwrap()
        };
        let faces: Vec<Embedding> = people.iter().map(face).collect();
        add_photo(&self.store, self.event, self.pack, &faces)
    }

    fn face(&self, photo: PhotoId, at: usize) -> StoredFace {
        self.store.read(|db| faces::list_in_photo(db, photo)).unwrap().swap_remove(at)
    }

    fn advance(&self, groups: &mut Groups, may_continue: impl FnMut() -> bool) {
        let of = (self.event, self.pack);
        self.store.read(|db| groups.advance(db, &self.searcher, of, may_continue)).unwrap();
    }

    /// The sizes of all groups, ascending.
    fn sizes(&self, groups: &mut Groups) -> Vec<usize> {
        self.advance(groups, || true);
        let mut sizes: Vec<usize> = groups.iter().map(<[_]>::len).collect();
        sizes.sort_unstable();
        sizes
    }

    fn find(&self, known: Known) -> HashMap<PhotoId, (FaceId, Certainty)> {
        let found = self.store.read(|db| self.searcher.find_known(db, self.event, known));
        let found = found.unwrap();
        let count = found.len();
        let photos: HashMap<_, _> =
            found.into_iter().map(|(face, found)| (found.photo.id, (face, found.certainty))).collect();
        assert_eq!(photos.len(), count, "each photo once");
        photos
    }
}

#[test]
fn groups_grow_with_the_event_and_shrink_with_it() {
    let party = Party::new();
    let photos: Vec<PhotoId> = (0..4).map(|turn| party.add(&[0, 1], turn)).collect();
    party.add(&[2], 0);
    let mut groups = Groups::default();
    // One face at a time.
    party.advance(&mut groups, || false);
    assert!(groups.progress().0 > 0 && groups.progress().0 < 9 && groups.progress().1 == 9);
    assert_eq!(party.sizes(&mut groups), [1, 4, 4]);
    assert_eq!(groups.progress(), (9, 9));
    let with = |groups: &Groups, face: FaceId| {
        groups.iter().find(|group| group.iter().any(|(other, _)| *other == face)).unwrap().len()
    };
    let first = party.face(photos[0], 0).id;
    assert_eq!(with(&groups, first), 4);
    // New photos: of the first, of the third, of somebody else.
    party.add(&[0, 2, 3], 5);
    assert_eq!(party.sizes(&mut groups), [1, 2, 4, 5]);
    assert_eq!(with(&groups, first), 5);
    // All at once gives the same.
    assert_eq!(party.sizes(&mut Groups::default()), [1, 2, 4, 5]);
    let (event, gone) = (party.event, photos[0]);
    party.store.write(move |db| photo_changes::apply(db, event, &[gone], Change::Delete)).unwrap();
    assert_eq!(party.sizes(&mut groups), [1, 2, 3, 4]);
}

#[test]
fn a_photo_has_at_most_one_face_of_a_group() {
    let party = Party::new();
    // Twins, always together.
    for turn in 0..3 {
        party.add(&[0, 0], turn);
    }
    let mut groups = Groups::default();
    party.advance(&mut groups, || true);
    for group in groups.iter() {
        let photos: HashSet<PhotoId> = group.iter().map(|(_, photo)| *photo).collect();
        assert_eq!(photos.len(), group.len());
    }
    assert_eq!(groups.progress(), (6, 6));
}

#[test]
fn what_is_said_about_faces_decides_also_about_new_photos() {
    let party = Party::new();
    let photos: Vec<PhotoId> = (0..4).map(|turn| party.add(&[0, 1], turn)).collect();
    let [mine, other] = [0, 1].map(|at| party.face(photos[0], at));
    let nobodys = HashSet::new();
    let known = |faces, strangers| Known { faces, portrait: None, strangers, taken: &nobodys };
    let found = party.find(known(std::slice::from_ref(&mine), &[]));
    assert!(photos.iter().all(|photo| found[photo].1 == Certainty::Sure) && found.len() == 4);
    // The face that is said to be somebody else is not found, whatever it looks like.
    let stranger = party.face(photos[1], 0);
    let found = party.find(known(std::slice::from_ref(&mine), std::slice::from_ref(&stranger)));
    assert!(found.values().all(|(face, _)| *face != stranger.id));
    // Two faces that are said to be one person's find the photos of both.
    let third = party.add(&[3], 0);
    let elsewhere = party.face(party.add(&[3], 1), 0);
    let both = [mine.clone(), elsewhere.clone()];
    let found = party.find(known(&both, &[]));
    assert!(found[&third].1 == Certainty::Sure && found[&photos[2]].1 == Certainty::Sure);
    assert_eq!(found[&photos[0]].0, mine.id);
    assert_ne!(found[&photos[0]].0, other.id);
    // A portrait finds; without anything known, nothing is found.
    let portrait =
        Known { faces: &[], portrait: Some((party.pack, &mine.embedding)), strangers: &[], taken: &nobodys };
    assert_eq!(party.find(portrait).len(), 4);
    let taken = HashSet::from([mine.id]);
    assert!(party.find(Known { taken: &taken, ..portrait }).values().all(|(face, _)| *face != mine.id));
    assert!(party.find(known(&[], &[])).is_empty());
}
