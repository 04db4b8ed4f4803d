//! Decides which faces are the person's: a pure function of what is known about them. Nothing else decides.
//!
//! 1. Every similarity is made *relative*: the cosine minus the mean of both faces' densities ([`Crowd`]). One
//!    threshold then fits all people, and events of all sizes.
//! 2. The candidates are grouped by their relative similarity; two faces of one photo never come together.
//! 3. The group most similar to the selfies is the person, if it is similar enough. A group of several faces convinces
//!    more than a single face, and most when no other group comes near it.
//! 4. Other groups are the person too, if they are similar to the selfies and that group together, nearly as similar as
//!    the group itself, and in no photo with the person.
//!
//! Invariants: the order of the candidates does not matter; no photo has two faces that are surely the person's.

mod crowd;
mod groups;
mod person;

use std::collections::{HashMap, HashSet};

use crate::domain::{Embedding, FaceId, PhotoId};

use super::memory::Probe;
use super::rule::{Certainty, Rule};
pub(super) use crowd::{Crowd, sample_size};
pub use person::Person;
use person::{Group, best_mean, lead};

/// A face with its density.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The face.
    pub embedding: Embedding,
    /// Mean similarity to the nearest strangers.
    pub density: f32,
}

impl Seen {
    /// A face seen in a crowd.
    #[must_use]
    pub(super) fn new(embedding: Embedding, crowd: &Crowd, rule: &Rule) -> Self {
        let density = crowd.density(rule, &Probe::new(&embedding));
        Self { embedding, density }
    }

    /// Cosine similarity less the mean of both densities.
    #[must_use]
    pub fn relative(&self, other: &Self) -> f32 {
        self.embedding.similarity(&other.embedding) - f32::midpoint(self.density, other.density)
    }
}

/// A face that may be the person's.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its id.
    pub face: FaceId,
    /// The photo it is in.
    pub photo: PhotoId,
    /// The face.
    pub seen: Seen,
}

/// Why a face is taken for the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is similar to a selfie.
    LikeSelfie,
    /// It is in a group of faces of one person that is similar as a whole.
    SamePerson,
}

/// What is decided about a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it is the person's.
    pub certainty: Certainty,
    /// Why.
    pub reason: Reason,
    /// Cosine similarity to the most similar selfie.
    pub similarity: f32,
}

/// The decision about some candidates.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// For deciding about more faces.
    pub person: Person,
    /// One for each candidate, in their order; `None` is not the person.
    pub verdicts: Vec<Option<Verdict>>,
}

/// Decides about `candidates`. `denied` are the photos of which the person has said "not me"; `strangers` are faces
/// that are surely not the person's.
#[must_use]
pub(super) fn decide(
    rule: &Rule,
    crowd: &Crowd,
    selfies: Vec<Seen>,
    candidates: &[Candidate],
    denied: &HashSet<PhotoId>,
    strangers: Vec<Seen>,
) -> Decision {
    let mut person = Person::new(selfies);
    let own: Vec<f32> = candidates.iter().map(|candidate| person.likeness(&candidate.seen)).collect();
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|a, b| own[*b].total_cmp(&own[*a]).then(candidates[*a].face.cmp(&candidates[*b].face)));
    let (others, order): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|at| denied.contains(&candidates[*at].photo));
    // In each denied photo the most similar face is meant.
    let mut photos = HashSet::new();
    let meant = others.into_iter().filter(|at| photos.insert(candidates[*at].photo));
    person.denied = strangers;
    person.denied.extend(meant.map(|at| candidates[at].seen.clone()));
    let linkage = |a: usize, b: usize| {
        let (a, b) = (&candidates[order[a]], &candidates[order[b]]);
        if a.photo == b.photo { f32::NEG_INFINITY } else { a.seen.relative(&b.seen) }
    };
    let groups = groups::group(order.len(), rule.group, linkage).into_iter();
    let mut groups: Vec<Group<'_>> = groups
        .map(|members| {
            let members: Vec<&Candidate> = members.into_iter().map(|at| &candidates[order[at]]).collect();
            Group { score: best_mean(members.iter().map(|c| person.likeness(&c.seen))), members }
        })
        .collect();
    // Of equals, the group of the first candidate stays first.
    groups.sort_by(|a, b| b.evidence(rule).total_cmp(&a.evidence(rule)));
    let mut verdicts = HashMap::new();
    for (place, group) in groups.iter().enumerate() {
        let mut score = person.score(rule, group);
        if place == 0 {
            score.strict += rule.lead * lead(rule, group, &groups[1..]);
        }
        let new = person.verdicts(rule, group, score);
        if new.iter().any(|(_, verdict)| verdict.certainty == Certainty::Sure) {
            person.add(rule, crowd, group);
        }
        verdicts.extend(new);
    }
    let verdicts = candidates.iter().map(|candidate| verdicts.get(&candidate.face).copied()).collect();
    Decision { person, verdicts }
}

#[cfg(test)]
mod tests;
