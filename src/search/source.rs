//! The faces that matter to a search, with the embeddings on record and their densities: from memory, or through the
//! vector index for an event that memory has no room for.

use std::collections::{HashMap, HashSet};

use super::decide::{Candidate, Crowd, Person, Seen, sample_size};
use super::memory::{EventFaces, Probe, Vectors};
use super::query::PackQuery;
use super::rule::Rule;
use crate::domain::{Embedding, FaceId};
use crate::store::faces::{self, EventFace};
use crate::store::{Reader, StoreResult, packs};

/// The faces most similar to the selfies that are decided about together; all others one by one.
const TOGETHER: usize = 100;

/// With more sure faces than this among them, the person may have more.
const MANY: usize = TOGETHER / 2;

/// Most faces asked of the vector index once the person is known.
const MOST_OTHERS: usize = 4096;

/// Where a search reads the event's faces.
pub(super) struct Source<'a> {
    db: &'a Reader<'a>,
    rule: &'a Rule,
    query: PackQuery<'a>,
    faces: Faces<'a>,
}

enum Faces<'a> {
    Memory {
        faces: &'a EventFaces,
        crowd: &'a Crowd,
        /// Similarity of each face to the most similar selfie, and a bound of the selfies' errors.
        similarities: Vec<f32>,
        error: f32,
    },
    Index(Crowd),
}

/// A face with its density, if that is known.
type Wanted = HashMap<FaceId, Option<f32>>;

impl<'a> Source<'a> {
    pub(super) fn new(
        db: &'a Reader<'a>,
        rule: &'a Rule,
        query: PackQuery<'a>,
        memory: Option<&'a EventFaces>,
    ) -> StoreResult<Self> {
        let in_memory = memory.and_then(|faces| Some((faces, faces.crowd()?)));
        let faces = if let Some((faces, crowd)) = in_memory {
            let probes: Vec<Probe> = query.selfies.iter().map(Probe::new).collect();
            let error = probes.iter().map(Probe::error).fold(0.0, f32::max);
            Faces::Memory { faces, crowd, similarities: faces.similarities(&probes), error }
        } else {
            let (event, pack) = (query.event_id, query.pack_id);
            let mut sample = Vectors::new(packs::dimensions(db, pack)?);
            let count = faces::count(db, event, pack)?;
            for embedding in faces::sample(db, event, pack, sample_size(count))? {
                sample.push(&embedding)?;
            }
            Faces::Index(Crowd::new(sample, count))
        };
        Ok(Self { db, rule, query, faces })
    }

    pub(super) fn crowd(&self) -> &Crowd {
        match &self.faces {
            Faces::Memory { crowd, .. } => crowd,
            Faces::Index(crowd) => crowd,
        }
    }

    /// The faces most similar to a selfie: [`TOGETHER`], or all.
    pub(super) fn nearest(&self) -> StoreResult<Vec<Candidate>> {
        let wanted = match &self.faces {
            Faces::Memory { faces, similarities, error, .. } => {
                let nearest = nearest(faces, similarities, *error);
                nearest.map(|at| (faces.id(at), Some(faces.density(self.rule, at)))).collect()
            }
            Faces::Index(_) => self.index(self.query.selfies, TOGETHER)?,
        };
        let found = self.read(&wanted)?;
        let likeness = |face: &Embedding| {
            self.query.selfies.iter().map(|s| s.similarity(face)).fold(f32::NEG_INFINITY, f32::max)
        };
        let mut found: Vec<(f32, Candidate)> =
            found.into_iter().map(|candidate| (likeness(&candidate.seen.embedding), candidate)).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.face.cmp(&b.1.face)));
        found.truncate(TOGETHER);
        Ok(found.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// The other faces that may be the person's, if more than [`MANY`] photos are sure. A person in fewer photos has
    /// most of them among the candidates; what is left is less similar than a hundred other faces.
    pub(super) fn others(
        &self,
        person: &Person,
        known: &[Candidate],
        sure_photos: usize,
    ) -> StoreResult<Vec<Candidate>> {
        let Some(template) = person.template() else { return Ok(Vec::new()) };
        if sure_photos <= MANY {
            return Ok(Vec::new());
        }
        let known: HashSet<FaceId> = known.iter().map(|candidate| candidate.face).collect();
        let mut wanted = match &self.faces {
            Faces::Memory { faces, similarities, error, .. } => {
                let probe = Probe::new(template);
                let to_template = faces.similarities(std::slice::from_ref(&probe));
                let may_have = |at: usize, density: f32| {
                    let (to_selfie, bound) = (similarities[at], faces.error(at));
                    let to_template = to_template[at] + bound + probe.error();
                    person.may_have(self.rule, to_selfie + bound + error, to_template, density)
                };
                (0..similarities.len())
                    .filter(|at| may_have(*at, self.rule.least_density()))
                    .map(|at| (at, faces.density(self.rule, at)))
                    .filter(|(at, density)| may_have(*at, *density))
                    .map(|(at, density)| (faces.id(at), Some(density)))
                    .collect()
            }
            Faces::Index(_) => self.index(std::slice::from_ref(template), MOST_OTHERS)?,
        };
        wanted.retain(|face, _| !known.contains(face));
        self.read(&wanted)
    }

    fn index(&self, templates: &[Embedding], limit: usize) -> StoreResult<Wanted> {
        let mut wanted = Wanted::new();
        for template in templates {
            let PackQuery { event_id, pack_id, .. } = self.query;
            let found = faces::nearest(self.db, event_id, pack_id, template, limit)?;
            wanted.extend(found.into_iter().map(|face| (face, None)));
        }
        Ok(wanted)
    }

    fn read(&self, wanted: &Wanted) -> StoreResult<Vec<Candidate>> {
        let ids: Vec<FaceId> = wanted.keys().copied().collect();
        let found = faces::find_all(self.db, self.query.event_id, &ids)?;
        let with_density = found.into_iter().map(|EventFace { id, photo_id, embedding }| {
            let seen = match wanted.get(&id).copied().flatten() {
                Some(density) => Seen { embedding, density },
                None => Seen::new(embedding, self.crowd(), self.rule),
            };
            Candidate { face: id, photo: photo_id, seen }
        });
        Ok(with_density.collect())
    }
}

/// Contains the [`TOGETHER`] faces whose exact similarities are highest: all whose similarity, as far as it is known,
/// reaches that of the last of so many.
fn nearest(faces: &EventFaces, similarities: &[f32], error: f32) -> impl Iterator<Item = usize> {
    // Errors of both, and their product.
    let bound = move |at: usize| faces.error(at) + error + faces.error(at) * error;
    let mut lowest: Vec<f32> = similarities.iter().enumerate().map(|(at, s)| s - bound(at)).collect();
    let least = match lowest.len() {
        0..=TOGETHER => f32::NEG_INFINITY,
        _ => *lowest.select_nth_unstable_by(TOGETHER - 1, |a, b| b.total_cmp(a)).1,
    };
    similarities.iter().enumerate().filter(move |(at, s)| **s + bound(*at) >= least).map(|(at, _)| at)
}
