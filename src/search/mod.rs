//! Face search: from selfies, through the most similar faces of an event, to one match per photo, best first.
//!
//! `selfie` finds the face in a picture, `query` says whose face, and where, `memory` holds the events' faces, `source`
//! reads those that matter, and `decide` says which are the person's, by the numbers of `rule`. `people` finds the
//! photos of one person in the event and groups all faces; `impostors` estimates how often a match is wrong.
//!
//! Invariant: the hundred faces of the event that are most similar to a selfie are decided about, by the embeddings on
//! record; only `decide` says what is a match.

mod decide;
mod impostors;
mod memory;
mod people;
mod query;
mod rule;
mod selfie;
mod source;

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::sync::PoisonError;
use std::time::Instant;

use crate::domain::{Embedding, EventId, FaceBox, FaceId, Photo, PhotoId};
use crate::face::FaceError;
use crate::imaging::ImagingError;
use crate::metrics::Histogram;
use crate::store::faces::{self, StoredFace};
use crate::store::{PackId, Reader, StoreError, events};

use decide::Seen;
use memory::Memory;
use query::{Apart, PackQuery};
use source::Source;

pub use decide::{Candidate, Person, Reason, Verdict};
pub use people::{Groups, Known};
pub use query::{FaceCodes, Query};
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
    /// Cosine similarity of that face to the most similar selfie, in `-1.0..=1.0`; that of a former pack is scaled to
    /// the current pack's.
    pub similarity: f32,
    /// Whether it is the person.
    pub certainty: Certainty,
    /// Why it is taken for the person.
    pub reason: Reason,
}

impl Match {
    /// The better match first.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let by_certainty = other.certainty.cmp(&self.certainty);
        by_certainty
            .then_with(|| other.similarity.total_cmp(&self.similarity))
            .then_with(|| self.photo.file_name.cmp(&other.photo.file_name))
            .then_with(|| self.photo.id.cmp(&other.photo.id))
    }
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
    /// The pack that photos are indexed with, and the numbers that decide by its embeddings.
    current: (PackId, Rule),
    former: Vec<(PackId, Rule)>,
    memory: Memory,
    /// The times of searches.
    seconds: Option<Histogram>,
}

impl Searcher {
    /// Decides about the faces of each pack by its rule; all events in memory take at most `memory` bytes.
    #[must_use]
    pub fn new(current: (PackId, Rule), former: Vec<(PackId, Rule)>, memory: usize) -> Self {
        Self { current, former, memory: Memory::new(memory), seconds: None }
    }

    /// The same, with its searches timed.
    #[must_use]
    pub fn timed_by(mut self, seconds: Histogram) -> Self {
        self.seconds = Some(seconds);
        self
    }

    /// The numbers that decide by the current pack's embeddings.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.current.1
    }

    /// Another pack's; the current one's for a pack that is not known any more.
    fn rule_of(&self, pack: PackId) -> &Rule {
        let known = self.former.iter().find(|(former, _)| *former == pack);
        known.map_or(self.rule(), |(_, rule)| rule)
    }

    /// All photos with the person's face, whichever pack has indexed them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find_photos(&self, db: &Reader, query: Query) -> Result<Found, StoreError> {
        let begin = Instant::now();
        let mut former = Vec::new();
        // First: a photo that is indexed again during the search is found at least once.
        for (pack, rule) in &self.former {
            let codes = query.selfies.iter().flat_map(|selfie| &selfie.former);
            let selfies: Vec<Embedding> =
                codes.filter(|(of, _)| of == pack).map(|(_, face)| face.clone()).collect();
            if selfies.is_empty() || !faces::exist(db, query.event_id, *pack)? {
                continue;
            }
            for mut found in self.find_in_pack(db, query.of_pack(*pack, &selfies))?.matches {
                found.similarity = (found.similarity * self.rule().scale_from(rule)).min(1.0);
                former.push(found);
            }
        }
        let selfies: Vec<Embedding> = query.selfies.iter().map(|selfie| selfie.current.clone()).collect();
        let mut found = self.find_in_pack(db, query.of_pack(self.current.0, &selfies))?;
        let known: HashSet<PhotoId> = found.matches.iter().map(|found| found.photo.id).collect();
        found.matches.extend(former.into_iter().filter(|found| !known.contains(&found.photo.id)));
        found.matches.sort_by(Match::compare);
        if let Some(seconds) = &self.seconds {
            seconds.observe(begin.elapsed().as_secs_f64());
        }
        Ok(found)
    }

    fn find_in_pack(&self, db: &Reader, query: PackQuery) -> Result<Found, StoreError> {
        let (best, person) = self.search(db, query, &Apart::default())?;
        let matches = best.matches(db, query)?.into_iter().map(|(_, found)| found).collect();
        Ok(Found { matches, person })
    }

    fn search(&self, db: &Reader, query: PackQuery, apart: &Apart<'_>) -> Result<(Best, Person), StoreError> {
        let rule = self.rule_of(query.pack_id);
        let warm = self.memory.faces(db, query.event_id, query.pack_id)?;
        let warm = warm.as_ref().map(|faces| faces.read().unwrap_or_else(PoisonError::into_inner));
        let source = Source::new(db, rule, query, warm.as_deref())?;
        let selfies = query.selfies.iter().map(|selfie| Seen::new(selfie.clone(), source.crowd(), rule));
        let mut candidates = source.nearest()?;
        candidates.retain(|candidate| !apart.has(candidate));
        let seen = |face: &StoredFace| Seen::new(face.embedding.clone(), source.crowd(), rule);
        let strangers = apart.strangers.iter().filter(|face| face.pack_id == query.pack_id);
        let strangers = strangers.map(seen).collect();
        let (crowd, selfies) = (source.crowd(), selfies.collect());
        let decision = decide::decide(rule, crowd, selfies, &candidates, query.denied, strangers);
        let person = decision.person;
        let mut best = Best::default();
        for (candidate, verdict) in candidates.iter().zip(decision.verdicts) {
            best.add(candidate, verdict);
        }
        let sure = best.0.values().filter(|(_, verdict)| verdict.certainty == Certainty::Sure).count();
        for candidate in source.others(&person, &candidates, sure)? {
            if !apart.has(&candidate) && !query.denied.contains(&candidate.photo) {
                best.add(&candidate, person.judge(rule, &candidate));
            }
        }
        Ok((best, person))
    }

    /// Prepares faces of one pack that have just arrived in an event for [`Person::judge`], in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub fn prepare<'a>(
        &self,
        db: &Reader,
        event: EventId,
        faces: impl IntoIterator<Item = &'a StoredFace>,
    ) -> Result<Vec<(FaceBox, Candidate)>, StoreError> {
        let mut faces = faces.into_iter().peekable();
        let Some(pack_id) = faces.peek().map(|face| face.pack_id) else { return Ok(Vec::new()) };
        let query =
            PackQuery { event_id: event, pack_id, selfies: &[], denied: &HashSet::new(), with_hidden: true };
        let rule = self.rule_of(pack_id);
        let warm = self.memory.faces(db, event, pack_id)?;
        let warm = warm.as_ref().map(|faces| faces.read().unwrap_or_else(PoisonError::into_inner));
        let source = Source::new(db, rule, query, warm.as_deref())?;
        let candidate = |face: &StoredFace| {
            let seen = Seen::new(face.embedding.clone(), source.crowd(), rule);
            (face.bounds, Candidate { face: face.id, photo: face.photo_id, seen })
        };
        Ok(faces.map(candidate).collect())
    }

    /// An estimate from the event's own photos: the share of searches that show somebody else's photo as sure is less
    /// for people who are in photos. `None` if the photos show too few people together, or the event has not been
    /// searched lately.
    #[must_use]
    pub fn share_of_wrong_searches(&self, event: EventId) -> Option<f64> {
        let (pack, rule) = &self.current;
        let faces = self.memory.peek(event, *pack)?;
        let faces = faces.read().unwrap_or_else(PoisonError::into_inner);
        let strangers = faces.within_photos(rule, impostors::MOST_PAIRS);
        impostors::share_of_wrong_searches(rule, &strangers, faces.len())
    }

    /// Bytes that the events in memory take, as computed from their numbers of faces.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.memory.bytes()
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

    /// The matches with their faces, the better ones first.
    fn matches(self, db: &Reader, query: PackQuery) -> Result<Vec<(FaceId, Match)>, StoreError> {
        let verdicts: HashMap<FaceId, Verdict> = self.0.into_values().collect();
        let faces: Vec<FaceId> = verdicts.keys().copied().collect();
        let found = faces::find_in_photos(db, query.event_id, &faces)?.into_iter();
        let matches = found.filter(|face| query.with_hidden || face.photo.visible).filter_map(|face| {
            let Verdict { certainty, reason, similarity } = *verdicts.get(&face.id)?;
            Some((face.id, Match { photo: face.photo, face: face.bounds, similarity, certainty, reason }))
        });
        let mut matches: Vec<(FaceId, Match)> = matches.collect();
        matches.sort_by(|(_, a), (_, b)| a.compare(b));
        Ok(matches)
    }
}

#[cfg(test)]
mod tests;
