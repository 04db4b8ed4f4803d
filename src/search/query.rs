//! Whose face is searched for, and where: as callers say it, and as it is asked of one pack.

use std::collections::HashSet;

use super::decide::Candidate;
use crate::domain::{Embedding, EventId, FaceId, PhotoId};
use crate::store::PackId;
use crate::store::faces::StoredFace;

/// A face of a selfie, as each open pack sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceCodes {
    /// By the pack that photos are indexed with.
    pub current: Embedding,
    /// By former packs that have photos in the event.
    pub former: Vec<(PackId, Embedding)>,
}

impl From<Embedding> for FaceCodes {
    /// By the current pack alone.
    fn from(current: Embedding) -> Self {
        Self { current, former: Vec::new() }
    }
}

/// Whose face to search for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only photos of this event.
    pub event_id: EventId,
    /// The person's face, from one selfie or several.
    pub selfies: &'a [FaceCodes],
    /// Photos of which the person has said "not me".
    pub denied: &'a HashSet<PhotoId>,
    /// Whether photos count that guests may not see.
    pub with_hidden: bool,
}

/// The part of a query that one pack can answer.
#[derive(Clone, Copy)]
pub(super) struct PackQuery<'a> {
    pub(super) event_id: EventId,
    /// The pack that made the embeddings.
    pub(super) pack_id: PackId,
    /// One at least, but for a query that searches for nobody.
    pub(super) selfies: &'a [Embedding],
    pub(super) denied: &'a HashSet<PhotoId>,
    pub(super) with_hidden: bool,
}

impl<'a> Query<'a> {
    pub(super) fn of_pack(self, pack_id: PackId, selfies: &'a [Embedding]) -> PackQuery<'a> {
        let Self { event_id, denied, with_hidden, .. } = self;
        PackQuery { event_id, pack_id, selfies, denied, with_hidden }
    }
}

/// What a search leaves out, because something is known about it.
#[derive(Default)]
pub(super) struct Apart<'a> {
    /// Photos with a known face of the person: their other faces are other people's.
    pub(super) photos: HashSet<PhotoId>,
    /// Faces that look like the person's and are not.
    pub(super) strangers: &'a [StoredFace],
    /// Faces that are known to be other people's.
    pub(super) taken: Option<&'a HashSet<FaceId>>,
}

impl Apart<'_> {
    pub(super) fn has(&self, candidate: &Candidate) -> bool {
        self.photos.contains(&candidate.photo)
            || self.strangers.iter().any(|stranger| stranger.id == candidate.face)
            || self.taken.is_some_and(|taken| taken.contains(&candidate.face))
    }
}
