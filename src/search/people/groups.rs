//! The groups that the faces of an event fall into.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::domain::{EventId, FaceId, PhotoId};
use crate::search::Searcher;
use crate::store::faces::{self, StoredFace};
use crate::store::{PackId, Reader, StoreError, browse};

/// Faces of the same person in other photos. None if the most similar one does not find the face in its turn: a face
/// that is in one photo alone has look-alikes too, and those are in groups of their own.
fn find_same(
    db: &Reader,
    searcher: &Searcher,
    event: EventId,
    face: &StoredFace,
) -> Result<Vec<(FaceId, PhotoId)>, StoreError> {
    let same = searcher.find_same(db, event, face)?;
    let Some((nearest, _)) = same.first() else { return Ok(same) };
    let Some(nearest) = faces::find(db, event, *nearest)? else { return Ok(Vec::new()) };
    let finds_it = searcher.find_same(db, event, &nearest)?.iter().any(|(found, _)| *found == face.id);
    Ok(if finds_it { same } else { Vec::new() })
}

/// The faces of an event in groups. Each face is searched for once, the largest first, and joins a group of faces that
/// it is surely the same person as, or starts one. Groups that are already there stay as photos arrive.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    each: Vec<Vec<(FaceId, PhotoId)>>,
    /// The group of each face that has one.
    of: HashMap<FaceId, usize>,
    /// Faces that have no group yet, smallest first.
    waiting: Vec<FaceId>,
    /// State of the event that the faces were listed at.
    listed_at: Option<(u64, u64, u64)>,
}

impl Groups {
    /// Groups faces as long as `may_continue`; at least one if any is left.
    ///
    /// # Errors
    /// When the database fails.
    pub fn advance(
        &mut self,
        db: &Reader,
        searcher: &Searcher,
        (event, pack): (EventId, PackId),
        mut may_continue: impl FnMut() -> bool,
    ) -> Result<(), StoreError> {
        self.list(db, event, pack)?;
        while let Some(id) = self.waiting.pop() {
            if self.of.contains_key(&id) {
                continue;
            }
            if let Some(face) = faces::find(db, event, id)? {
                self.add((id, face.photo_id), &find_same(db, searcher, event, &face)?);
            }
            if !may_continue() {
                break;
            }
        }
        Ok(())
    }

    /// Notices faces that are new or gone.
    fn list(&mut self, db: &Reader, event: EventId, pack: PackId) -> Result<(), StoreError> {
        let now = browse::counters(db, event)?;
        if self.listed_at == Some(now) {
            return Ok(());
        }
        let mut waiting = faces::list_by_size(db, event, pack)?;
        let all: HashSet<FaceId> = waiting.iter().copied().collect();
        self.of.retain(|face, _| all.contains(face));
        for group in &mut self.each {
            group.retain(|(face, _)| all.contains(face));
        }
        waiting.retain(|face| !self.of.contains_key(face));
        (self.waiting, self.listed_at) = (waiting, Some(now));
        Ok(())
    }

    /// Adds a face, and the faces it is the same person as that have no group yet.
    fn add(&mut self, face: (FaceId, PhotoId), same: &[(FaceId, PhotoId)]) {
        let at = self.group_of(face.1, same).unwrap_or_else(|| {
            self.each.push(Vec::new());
            self.each.len() - 1
        });
        for (id, photo) in std::iter::once(&face).chain(same) {
            let group = &mut self.each[at];
            if !self.of.contains_key(id) && group.iter().all(|(_, other)| other != photo) {
                group.push((*id, *photo));
                self.of.insert(*id, at);
            }
        }
    }

    /// The group that has most of these faces, if they are at least half of the group or it has half of them, and it
    /// has no other face of the photo.
    fn group_of(&self, photo: PhotoId, same: &[(FaceId, PhotoId)]) -> Option<usize> {
        let mut votes: HashMap<usize, usize> = HashMap::new();
        for at in same.iter().filter_map(|(face, _)| self.of.get(face)) {
            *votes.entry(*at).or_default() += 1;
        }
        let (at, count) = votes.into_iter().max_by_key(|(at, count)| (*count, Reverse(*at)))?;
        let group = &self.each[at];
        let is_enough = 2 * count >= group.len().min(same.len());
        (is_enough && group.iter().all(|(_, other)| *other != photo)).then_some(at)
    }

    /// How many faces are in groups, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let waiting = self.waiting.iter().filter(|face| !self.of.contains_key(face)).count();
        (self.of.len(), self.of.len() + waiting)
    }

    /// The groups, each with its faces, at most one for each photo.
    pub fn iter(&self) -> impl Iterator<Item = &[(FaceId, PhotoId)]> {
        self.each.iter().filter(|group| !group.is_empty()).map(Vec::as_slice)
    }
}
