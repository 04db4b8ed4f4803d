//! Face search: from selfies, through the most similar faces of an event, to one match per photo, best first.
//!
//! `selfie` finds the face in a picture, `memory` holds the events' faces, `candidates` reads those that matter, and
//! `decide` says which are the person's, by the numbers of `rule`.
//!
//! Invariant: the hundred faces of the event that are most similar to a selfie are decided about, by the embeddings on
//! record; only `decide` says what is a match.

mod candidates;
mod decide;
mod memory;
mod rule;
mod selfie;

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;

use crate::domain::{Embedding, EventId, FaceBox, FaceId, Photo, PhotoId};
use crate::face::FaceError;
use crate::imaging::ImagingError;
use crate::store::faces::{self, StoredFace};
use crate::store::{PackId, Reader, StoreError, events, photos};

use candidates::Source;
use decide::Seen;
use memory::Memory;

pub use decide::{Candidate, Person, Reason, Verdict};
pub use rule::{Certainty, Rule};
pub use selfie::{MOST_CHOICES, SearchTimes, SelfieFaces, SelfieRefusal, embed_selfie};

/// Why a search has no result.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The selfie's file cannot be decoded.
    #[error(transparent)]
    Picture(#[from] ImagingError),
    /// The selfie cannot be searched with; the guest can take a better one.
    #[error(transparent)]
    Selfie(#[from] SelfieRefusal),
    /// A network fails.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A photo with the person's face.
#[derive(Clone, Debug)]
pub struct Match {
    /// As it was when the search ran.
    pub photo: Photo,
    /// The person's face, in pixels of the upright photo.
    pub face: FaceBox,
    /// Cosine similarity of that face to the most similar selfie, in `-1.0..=1.0`.
    pub similarity: f32,
    /// Whether it is the person.
    pub certainty: Certainty,
    /// Why it is taken for the person.
    pub reason: Reason,
}

/// Whose face to search for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only photos of this event.
    pub event_id: EventId,
    /// The pack that made the embeddings.
    pub pack_id: PackId,
    /// The person's face, from one selfie or several.
    pub selfies: &'a [Embedding],
    /// Photos of which the person has said "not me".
    pub denied: &'a HashSet<PhotoId>,
    /// Whether photos count that guests may not see.
    pub with_hidden: bool,
}

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Found {
    /// One for each photo, the sure ones first, the most similar ones first among them.
    pub matches: Vec<Match>,
    /// For deciding about photos that arrive later.
    pub person: Person,
}

impl Found {
    /// The sure matches alone.
    #[must_use]
    pub fn sure(mut self) -> Vec<Match> {
        self.matches.retain(|found| found.certainty == Certainty::Sure);
        self.matches
    }
}

/// Searches events. Holds the faces of those that were searched last.
pub struct Searcher {
    rule: Rule,
    memory: Memory,
}

impl Searcher {
    /// Decides by `rule`; all events in memory take at most `memory` bytes.
    #[must_use]
    pub fn new(rule: Rule, memory: usize) -> Self {
        Self { rule, memory: Memory::new(memory) }
    }

    /// The numbers that decide.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// All photos with the person's face.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_photos(&self, db: &Reader, query: Query) -> Result<Found, StoreError> {
        self.search(db, query, None)
    }

    /// All photos with the person that this face is of, hidden ones too; first the face's own photo.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_person(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
    ) -> Result<Found, StoreError> {
        self.find_by_face(db, event_id, face, true)
    }

    /// The same without hidden photos.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_visible_person(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
    ) -> Result<Found, StoreError> {
        self.find_by_face(db, event_id, face, false)
    }

    fn find_by_face(
        &self,
        db: &Reader,
        event_id: EventId,
        face: &StoredFace,
        with_hidden: bool,
    ) -> Result<Found, StoreError> {
        let denied = HashSet::new();
        let selfies = std::slice::from_ref(&face.embedding);
        let query = Query { event_id, pack_id: face.pack_id, selfies, denied: &denied, with_hidden };
        let mut found = self.search(db, query, Some(face.photo_id))?;
        let photo = photos::find(db, face.photo_id)?;
        if let Some(photo) = photo.filter(|photo| with_hidden || photo.visible) {
            let (certainty, reason) = (Certainty::Sure, Reason::LikeSelfie);
            found.matches.insert(0, Match { photo, face: face.bounds, similarity: 1.0, certainty, reason });
        }
        Ok(found)
    }

    /// `own_photo` is left out: its other faces are other people's.
    fn search(&self, db: &Reader, query: Query, own_photo: Option<PhotoId>) -> Result<Found, StoreError> {
        let warm = self.memory.faces(db, query.event_id, query.pack_id)?;
        let warm = warm.as_ref().map(|faces| faces.read().unwrap_or_else(PoisonError::into_inner));
        let source = Source::new(db, &self.rule, query, warm.as_deref())?;
        let selfies =
            query.selfies.iter().map(|selfie| Seen::new(selfie.clone(), source.crowd(), &self.rule));
        let mut candidates = source.nearest()?;
        candidates.retain(|candidate| Some(candidate.photo) != own_photo);
        let decision =
            decide::decide(&self.rule, source.crowd(), selfies.collect(), &candidates, query.denied);
        let person = decision.person;
        let mut best = Best::default();
        for (candidate, verdict) in candidates.iter().zip(decision.verdicts) {
            best.add(candidate, verdict);
        }
        let sure = best.0.values().filter(|(_, verdict)| verdict.certainty == Certainty::Sure).count();
        for candidate in source.others(&person, &candidates, sure)? {
            if Some(candidate.photo) != own_photo && !query.denied.contains(&candidate.photo) {
                best.add(&candidate, person.judge(&self.rule, &candidate));
            }
        }
        Ok(Found { matches: best.matches(db, query)?, person })
    }

    /// Faces of an event that have just arrived, for [`Person::judge`].
    ///
    /// # Errors
    /// When the database fails.
    pub fn candidates(
        &self,
        db: &Reader,
        event: EventId,
        faces: &[StoredFace],
    ) -> Result<Vec<(FaceBox, Candidate)>, StoreError> {
        let Some(pack_id) = faces.first().map(|face| face.pack_id) else { return Ok(Vec::new()) };
        let query =
            Query { event_id: event, pack_id, selfies: &[], denied: &HashSet::new(), with_hidden: true };
        let warm = self.memory.faces(db, event, pack_id)?;
        let warm = warm.as_ref().map(|faces| faces.read().unwrap_or_else(PoisonError::into_inner));
        let source = Source::new(db, &self.rule, query, warm.as_deref())?;
        let candidate = |face: &StoredFace| {
            let seen = Seen::new(face.embedding.clone(), source.crowd(), &self.rule);
            (face.bounds, Candidate { face: face.id, photo: face.photo_id, seen })
        };
        Ok(faces.iter().map(candidate).collect())
    }

    /// Drops from memory the faces that are deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub fn drop_deleted(&self, db: &Reader) -> Result<(), StoreError> {
        for (event, pack) in self.memory.held() {
            if events::find(db, event)?.is_none() {
                self.memory.drop_event(event);
            } else {
                self.memory.faces(db, event, pack)?;
            }
        }
        Ok(())
    }
}

/// The best face of each photo.
#[derive(Default)]
struct Best(HashMap<PhotoId, (FaceId, Verdict)>);

impl Best {
    fn add(&mut self, candidate: &Candidate, verdict: Option<Verdict>) {
        let Some(verdict) = verdict else { return };
        let rank =
            |(face, verdict): &(FaceId, Verdict)| (verdict.certainty, verdict.similarity, Reverse(*face));
        let new = (candidate.face, verdict);
        match self.0.get(&candidate.photo) {
            Some(known) if rank(known) >= rank(&new) => {}
            _ => drop(self.0.insert(candidate.photo, new)),
        }
    }

    fn matches(self, db: &Reader, query: Query) -> Result<Vec<Match>, StoreError> {
        let verdicts: HashMap<FaceId, Verdict> = self.0.into_values().collect();
        let faces: Vec<FaceId> = verdicts.keys().copied().collect();
        let found = faces::find_in_photos(db, query.event_id, &faces)?.into_iter();
        let matches = found.filter(|face| query.with_hidden || face.photo.visible).filter_map(|face| {
            let Verdict { certainty, reason, similarity } = *verdicts.get(&face.id)?;
            Some(Match { photo: face.photo, face: face.bounds, similarity, certainty, reason })
        });
        let mut matches: Vec<Match> = matches.collect();
        matches.sort_by(compare);
        Ok(matches)
    }
}

/// The better match first.
fn compare(a: &Match, b: &Match) -> Ordering {
    b.certainty
        .cmp(&a.certainty)
        .then_with(|| b.similarity.total_cmp(&a.similarity))
        .then_with(|| a.photo.file_name.cmp(&b.photo.file_name))
        .then_with(|| a.photo.id.cmp(&b.photo.id))
}

#[cfg(test)]
mod tests;
