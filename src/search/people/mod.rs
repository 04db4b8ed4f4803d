//! People by their faces in an event: all photos of one; in `groups`, the groups that all faces fall into.

mod groups;

use std::collections::HashSet;

use super::{Apart, Certainty, Found, Match, PackQuery, Reason, Searcher};
use crate::domain::{Embedding, EventId, FaceId, PhotoId};
use crate::store::faces::StoredFace;
use crate::store::{PackId, Reader, StoreError, photos};

pub use groups::Groups;

/// Most faces of a person that a search starts from, the largest ones.
const MOST_FACES: usize = 8;

/// What is known about a person.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Faces of theirs in the event.
    pub faces: &'a [StoredFace],
    /// A face of theirs in another picture, and the pack that recognised it.
    pub portrait: Option<(PackId, &'a Embedding)>,
    /// Faces that look like theirs and are not.
    pub strangers: &'a [StoredFace],
    /// Faces that are known to be other people's.
    pub taken: &'a HashSet<FaceId>,
}

impl Searcher {
    /// All photos with the person that this face is of, hidden ones too, each with the person's face in it; first the
    /// face's own photo.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_person(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
    ) -> Result<Vec<(FaceId, Match)>, StoreError> {
        let (faces, taken) = (std::slice::from_ref(face), &HashSet::new());
        let known = Known { faces, portrait: None, strangers: &[], taken };
        self.find_known(db, event_id, known)
    }

    /// The same for guests: without hidden photos.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_visible_person(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
    ) -> Result<Found, StoreError> {
        let (selfies, denied) = (std::slice::from_ref(&face.embedding), &HashSet::new());
        let query = PackQuery { event_id, pack_id: face.pack_id, selfies, denied, with_hidden: false };
        let photos = HashSet::from([face.photo_id]);
        let (best, person) = self.search(db, query, &Apart { photos, ..Apart::default() })?;
        let others = best.matches(db, query)?.into_iter().map(|(_, found)| found);
        let photo = photos::find(db, face.photo_id)?.filter(|photo| photo.visible);
        let (certainty, reason) = (Certainty::Sure, Reason::LikeSelfie);
        let own = photo.map(|photo| Match { photo, face: face.bounds, similarity: 1.0, certainty, reason });
        Ok(Found { matches: own.into_iter().chain(others).collect(), person })
    }

    /// All photos with a person, hidden ones too; first those of the known faces. A photo is found by faces that its
    /// own pack recognised.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_known(
        &self,
        db: &Reader,
        event_id: EventId,
        known: Known,
    ) -> Result<Vec<(FaceId, Match)>, StoreError> {
        let mut largest: Vec<&StoredFace> = known.faces.iter().collect();
        largest.sort_by(|a, b| b.bounds.area().total_cmp(&a.bounds.area()).then_with(|| a.id.cmp(&b.id)));
        let faces = |pack: PackId| {
            let largest = largest.iter().filter(move |face| face.pack_id == pack).take(MOST_FACES);
            let portrait = known.portrait.filter(|(of, _)| *of == pack).map(|(_, face)| face);
            largest.map(|face| &face.embedding).chain(portrait).cloned().collect::<Vec<Embedding>>()
        };
        let photos = known.faces.iter().map(|face| face.photo_id).collect();
        let denied = &HashSet::new();
        let apart = Apart { photos, strangers: known.strangers, taken: Some(known.taken) };
        let mut found: Vec<(FaceId, Match)> = Vec::new();
        // The current pack last: a photo that is indexed again during the search is found at least once.
        for pack_id in self.former.iter().map(|(pack, _)| *pack).chain([self.current.0]) {
            let selfies = faces(pack_id);
            if selfies.is_empty() {
                continue;
            }
            let query = PackQuery { event_id, pack_id, selfies: &selfies, denied, with_hidden: true };
            let scale = self.rule().scale_from(self.rule_of(pack_id));
            for (face, mut photo) in self.search(db, query, &apart)?.0.matches(db, query)? {
                photo.similarity = (photo.similarity * scale).min(1.0);
                found.retain(|(_, other)| other.photo.id != photo.photo.id);
                found.push((face, photo));
            }
        }
        found.sort_by(|(_, a), (_, b)| a.compare(b));
        let mut matches = Vec::new();
        for face in known.faces {
            let Some(photo) = photos::find(db, face.photo_id)? else { continue };
            let (certainty, reason) = (Certainty::Sure, Reason::LikeSelfie);
            matches.push((face.id, Match { photo, face: face.bounds, similarity: 1.0, certainty, reason }));
        }
        matches.sort_by(|(_, a), (_, b)| a.compare(b));
        matches.extend(found);
        Ok(matches)
    }

    /// Faces of the same person in other photos, as far as that is sure, the most similar ones first.
    fn find_same(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
    ) -> Result<Vec<(FaceId, PhotoId)>, StoreError> {
        let (selfies, denied) = (std::slice::from_ref(&face.embedding), &HashSet::new());
        let query = PackQuery { event_id, pack_id: face.pack_id, selfies, denied, with_hidden: true };
        let photos = HashSet::from([face.photo_id]);
        let (best, _) = self.search(db, query, &Apart { photos, ..Apart::default() })?;
        let sure = best.0.into_iter().filter(|(_, (_, verdict))| verdict.certainty == Certainty::Sure);
        let mut sure: Vec<_> =
            sure.map(|(photo, (face, verdict))| (verdict.similarity, face, photo)).collect();
        sure.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Ok(sure.into_iter().map(|(_, face, photo)| (face, photo)).collect())
    }
}

#[cfg(test)]
mod tests;
