//! The faces of one event, in step with the database.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};

use super::vectors::{Probe, Vectors};
use crate::domain::{EventId, FaceId, PhotoId};
use crate::search::decide::{Crowd, sample_size};
use crate::search::rule::Rule;
use crate::store::{PackId, Reader, StoreResult, browse, faces, packs};

/// The sample and the densities are taken again when the event has grown or shrunk by more than one in this many.
/// Until then a tenth of the strangers is not in the sample, which lowers densities by about 0.002: a twentieth of what
/// an event of ten times as many faces adds.
const OUTDATED: usize = 10;

/// An event's faces in memory.
#[derive(Default)]
pub(crate) struct EventFaces {
    /// The state of the event that they show: photos indexed, changes, photos indexed again.
    state: (u64, u64, u64),
    faces: Vec<FaceId>,
    photos: Vec<PhotoId>,
    vectors: Vectors,
    /// Measured when first asked for: the bits of a float, or [`UNKNOWN`].
    densities: Vec<AtomicU32>,
    crowd: Option<Crowd>,
    /// Whether the crowd has copies of faces that are gone because their photos were indexed again.
    is_crowd_outdated: bool,
    /// How many faces there were when the crowd was sampled.
    sampled_at: usize,
}

/// Bits of a float that is not a number.
const UNKNOWN: u32 = u32::MAX;

impl EventFaces {
    /// Bytes that so many faces take, with the sample.
    pub(crate) fn bytes_of(faces: usize, dimensions: usize) -> usize {
        let ids = size_of::<FaceId>() + size_of::<PhotoId>() + size_of::<AtomicU32>();
        let vector = Vectors::bytes_each(dimensions);
        faces * (vector + ids) + sample_size(faces) * vector
    }

    /// Whether nothing has changed in the event.
    pub(crate) fn is_current(&self, db: &Reader, event: EventId) -> StoreResult<bool> {
        Ok(self.crowd.is_some() && self.state == browse::counters(db, event)?)
    }

    /// Reads what has changed.
    pub(crate) fn update(&mut self, db: &Reader, event: EventId, pack: PackId) -> StoreResult<()> {
        // Read first: what changes while the faces are read is read again by the next update.
        let now = browse::counters(db, event)?;
        let new_photos = now.0.checked_sub(self.state.0);
        // Each photo that becomes searchable is one change; without others nothing was deleted.
        let only_new = new_photos.is_some() && now.1.checked_sub(self.state.1) == new_photos;
        if self.crowd.is_some() && only_new && now.2 == self.state.2 {
            self.add_since(db, event, pack, self.state.0)?;
        } else {
            self.is_crowd_outdated |= self.reconcile(db, event, pack)?;
            if self.is_crowd_outdated && !only_new {
                // The sample has copies of deleted faces.
                self.crowd = None;
            }
        }
        self.state = now;
        let (len, before) = (self.faces.len(), self.sampled_at);
        if self.crowd.is_none() || len.abs_diff(before) * OUTDATED > before {
            self.sample();
        }
        Ok(())
    }

    fn add_since(&mut self, db: &Reader, event: EventId, pack: PackId, since: u64) -> StoreResult<()> {
        let mut new = Vec::new();
        faces::each_since(db, event, pack, since, |face| {
            new.push(face);
            Ok(())
        })?;
        // Some may have been read early, by an update that ran while they were committed.
        let photos: HashSet<PhotoId> = new.iter().map(|face| face.photo_id).collect();
        self.retain(|_, photo| !photos.contains(&photo));
        new.iter().try_for_each(|face| self.push(face))
    }

    /// Removes the faces that are gone, and adds those that are missing; whether any were gone.
    fn reconcile(&mut self, db: &Reader, event: EventId, pack: PackId) -> StoreResult<bool> {
        let mut gone: HashSet<FaceId> = self.faces.iter().copied().collect();
        let mut missing = Vec::new();
        for id in faces::list_ids(db, event, pack)? {
            if !gone.remove(&id) {
                missing.push(id);
            }
        }
        if !gone.is_empty() {
            self.retain(|face, _| !gone.contains(&face));
        }
        if self.faces.is_empty() {
            self.vectors = Vectors::new(packs::dimensions(db, pack)?);
            faces::each_since(db, event, pack, 0, |face| self.push(&face))?;
        } else {
            let missing = faces::find_all(db, event, &missing)?;
            missing.iter().try_for_each(|face| self.push(face))?;
        }
        Ok(!gone.is_empty())
    }

    fn push(&mut self, face: &faces::EventFace) -> StoreResult<()> {
        self.vectors.push(&face.embedding)?;
        self.faces.push(face.id);
        self.photos.push(face.photo_id);
        self.densities.push(AtomicU32::new(UNKNOWN));
        Ok(())
    }

    fn retain(&mut self, keep: impl Fn(FaceId, PhotoId) -> bool) {
        for at in (0..self.faces.len()).rev() {
            if !keep(self.faces[at], self.photos[at]) {
                self.faces.swap_remove(at);
                self.photos.swap_remove(at);
                self.vectors.swap_remove(at);
                self.densities.swap_remove(at);
            }
        }
    }

    /// Takes the faces with the smallest ids as the sample: ids are random.
    fn sample(&mut self) {
        let mut order: Vec<usize> = (0..self.faces.len()).collect();
        let size = sample_size(order.len());
        if size < order.len() {
            order.select_nth_unstable_by_key(size, |at| self.faces[*at]);
            order.truncate(size);
        }
        self.crowd = Some(Crowd::new(self.vectors.select(&order), self.faces.len()));
        self.is_crowd_outdated = false;
        self.sampled_at = self.faces.len();
        self.densities.iter_mut().for_each(|density| *density.get_mut() = UNKNOWN);
    }

    /// A sample of the event.
    pub(crate) fn crowd(&self) -> Option<&Crowd> {
        self.crowd.as_ref()
    }

    /// How many faces there are.
    pub(crate) fn len(&self) -> usize {
        self.faces.len()
    }

    /// Density of a face.
    pub(crate) fn density(&self, rule: &Rule, at: usize) -> f32 {
        let known = f32::from_bits(self.densities[at].load(Ordering::Relaxed));
        if !known.is_nan() {
            return known;
        }
        let Some(crowd) = &self.crowd else { return rule.usual_density };
        let density = crowd.density(rule, &self.vectors.probe(at));
        self.densities[at].store(density.to_bits(), Ordering::Relaxed);
        density
    }

    /// Relative similarities of faces that are in one photo: about `most` pairs, of random photos.
    pub(crate) fn within_photos(&self, rule: &Rule, most: usize) -> Vec<f32> {
        let mut photos: BTreeMap<PhotoId, Vec<usize>> = BTreeMap::new();
        for (at, photo) in self.photos.iter().enumerate() {
            photos.entry(*photo).or_default().push(at);
        }
        let mut found = Vec::new();
        for faces in photos.values() {
            if found.len() >= most {
                break;
            }
            let (densities, vectors): (Vec<f32>, _) =
                (faces.iter().map(|at| self.density(rule, *at)).collect(), self.vectors.select(faces));
            for a in 0..faces.len() {
                let similarities =
                    vectors.similarities(&vectors.probe(a)).into_iter().enumerate().skip(a + 1);
                found.extend(similarities.map(|(b, s)| s - f32::midpoint(densities[a], densities[b])));
            }
        }
        found
    }

    /// Similarity of every face to the most similar of the probes.
    pub(crate) fn similarities(&self, probes: &[Probe]) -> Vec<f32> {
        let each = probes.iter().map(|probe| self.vectors.similarities(probe));
        each.reduce(|mut best, other| {
            best.iter_mut().zip(other).for_each(|(best, other)| *best = best.max(other));
            best
        })
        .unwrap_or_default()
    }

    /// Bound of the error of a face's similarities, a probe's own aside.
    pub(crate) fn error(&self, at: usize) -> f32 {
        self.vectors.error(at)
    }

    /// A face's id.
    pub(crate) fn id(&self, at: usize) -> FaceId {
        self.faces[at]
    }
}
