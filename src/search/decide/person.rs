//! What a search knows about a person, and how it scores groups of faces.

use std::collections::HashSet;

use super::crowd::Crowd;
use super::{Candidate, Reason, Seen, Verdict};
use crate::domain::{Embedding, FaceId, PhotoId};
use crate::search::rule::{Certainty, Rule};

/// The score of a group is the mean of this many of its faces, the best ones; a smaller one lacks evidence.
const VOTES: usize = 3;
/// Share of the person's own group in the score of another face; the rest is the selfies'.
const GROUP_SHARE: f32 = 0.7;
/// Another group has at least this share of the score of the person's group, ...
const LEAST_SHARE: f32 = 0.55;
/// ... or loses this many times the difference.
const LACK: f32 = 2.0;

/// What is known about the person: enough to decide about more faces, one by one.
#[derive(Clone, Debug)]
pub struct Person {
    /// One at least.
    selfies: Vec<Seen>,
    found: Option<Found>,
    /// Faces that are not the person's, as somebody has said.
    pub(super) denied: Vec<Seen>,
}

/// The person's group of faces.
#[derive(Clone, Debug)]
struct Found {
    /// The mean of the selfies and the group.
    template: Seen,
    /// Score of the group.
    score: f32,
    /// Photos in which other faces are other people's.
    photos: HashSet<PhotoId>,
}

/// Scores of a group, or of a single face: relative similarities.
#[derive(Clone, Copy)]
pub(super) struct Score {
    /// For being possible.
    pub(super) plain: f32,
    /// For being sure.
    pub(super) strict: f32,
}

/// Faces of one person, in different photos.
pub(super) struct Group<'a> {
    pub(super) members: Vec<&'a Candidate>,
    /// Likeness to the selfies.
    pub(super) score: f32,
}

impl Group<'_> {
    /// The score, less what a small group lacks.
    pub(super) fn evidence(&self, rule: &Rule) -> f32 {
        let missing = VOTES.saturating_sub(self.members.len()) as f32;
        self.score - rule.lone * missing / (VOTES - 1) as f32
    }
}

/// How clearly a group of several faces is the first, from 0 to 1. Groups that it excludes do not compete.
pub(super) fn lead(rule: &Rule, first: &Group<'_>, others: &[Group<'_>]) -> f32 {
    if first.members.len() < VOTES {
        return 0.0;
    }
    let competes = |other: &&Group<'_>| {
        !other.members.iter().any(|c| first.members.iter().any(|member| member.photo == c.photo))
    };
    let second = others.iter().filter(competes).map(|other| other.evidence(rule)).fold(-1.0, f32::max);
    ((first.evidence(rule) - second) / rule.full_lead).clamp(0.0, 1.0)
}

/// Mean of the highest values, at most [`VOTES`].
pub(super) fn best_mean(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(|a, b| b.total_cmp(a));
    values.truncate(VOTES);
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

impl Person {
    /// With these selfies, one at least, before anything is found.
    pub(super) fn new(selfies: Vec<Seen>) -> Self {
        Self { selfies, found: None, denied: Vec::new() }
    }

    /// Decides about a single face that arrived later, or was not among the candidates.
    #[must_use]
    pub fn judge(&self, rule: &Rule, candidate: &Candidate) -> Option<Verdict> {
        let group = Group { score: self.likeness(&candidate.seen), members: vec![candidate] };
        let verdicts = self.verdicts(rule, &group, self.score(rule, &group));
        verdicts.first().map(|(_, verdict)| *verdict)
    }

    /// The mean of the selfies and the person's faces in the event, once those are found.
    #[must_use]
    pub fn template(&self) -> Option<&Embedding> {
        self.found.as_ref().map(|found| &found.template.embedding)
    }

    /// Whether a face may be the person's that has at most these cosine similarities, to a selfie and to the template,
    /// and at least this density.
    #[must_use]
    pub fn may_have(&self, rule: &Rule, to_selfie: f32, to_template: f32, density: f32) -> bool {
        let Some(found) = &self.found else { return false };
        let least = self.selfies.iter().map(|selfie| selfie.density).fold(f32::INFINITY, f32::min);
        let own = to_selfie - f32::midpoint(least, density);
        let with_group = to_template - f32::midpoint(found.template.density, density);
        let score = GROUP_SHARE.mul_add(with_group, (1.0 - GROUP_SHARE) * own);
        score >= rule.maybe || own - rule.lone >= rule.certain
    }

    /// Relative similarity to the most similar selfie.
    pub(super) fn likeness(&self, face: &Seen) -> f32 {
        self.selfies.iter().map(|selfie| selfie.relative(face)).fold(f32::NEG_INFINITY, f32::max)
    }

    pub(super) fn score(&self, rule: &Rule, group: &Group<'_>) -> Score {
        let Some(found) = &self.found else {
            let evidence = group.evidence(rule);
            return Score { plain: evidence, strict: evidence };
        };
        let with_group = best_mean(group.members.iter().map(|c| found.template.relative(&c.seen)));
        let score = GROUP_SHARE.mul_add(with_group, (1.0 - GROUP_SHARE) * group.score);
        if group.members.iter().any(|c| found.photos.contains(&c.photo)) {
            return Score { plain: score - rule.excluded, strict: f32::NEG_INFINITY };
        }
        let lacking = (LEAST_SHARE * found.score - score).max(0.0);
        let strict = LACK.mul_add(-lacking, score - rule.beside);
        // Hardly any stranger is as similar to a selfie as that: a second selfie may look different from the first.
        let is_certain = group.evidence(rule) >= rule.certain;
        Score { plain: score, strict: if is_certain { f32::INFINITY } else { strict } }
    }

    /// A verdict for each face of a group that may be the person's.
    pub(super) fn verdicts(&self, rule: &Rule, group: &Group<'_>, score: Score) -> Vec<(FaceId, Verdict)> {
        let certainty = if score.strict >= rule.sure && !self.denies(rule, group) {
            Certainty::Sure
        } else if score.plain >= rule.maybe {
            Certainty::Maybe
        } else {
            return Vec::new();
        };
        let verdict = |candidate: &&Candidate| {
            let by_others = self.found.is_some() || certainty == Certainty::Sure;
            let reason = if by_others && self.likeness(&candidate.seen) < rule.sure {
                Reason::SamePerson
            } else {
                Reason::LikeSelfie
            };
            let similarities = self.selfies.iter().map(|s| s.embedding.similarity(&candidate.seen.embedding));
            let similarity = similarities.fold(-1.0, f32::max);
            (candidate.face, Verdict { certainty, reason, similarity })
        };
        group.members.iter().map(verdict).collect()
    }

    /// Whether a group is rather a face that the person has denied than the person.
    fn denies(&self, rule: &Rule, group: &Group<'_>) -> bool {
        let alike = |denied: &Seen| {
            let total: f32 = group.members.iter().map(|c| denied.relative(&c.seen)).sum();
            total / group.members.len() as f32
        };
        self.denied.iter().map(alike).any(|mean| mean >= rule.group && mean >= group.score)
    }

    /// Adds a group that is surely the person: the first makes the template.
    pub(super) fn add(&mut self, rule: &Rule, crowd: &Crowd, group: &Group<'_>) {
        let photos = group.members.iter().map(|c| c.photo);
        if let Some(found) = &mut self.found {
            found.photos.extend(photos);
            return;
        }
        let faces = self.selfies.iter().chain(group.members.iter().map(|c| &c.seen));
        let sum = faces.map(|face| face.embedding.as_slice().to_vec()).reduce(|mut sum, face| {
            sum.iter_mut().zip(face).for_each(|(total, value)| *total += value);
            sum
        });
        // The sum of vectors that are all similar is not zero.
        let Some(Ok(mean)) = sum.map(Embedding::normalised) else { return };
        let template = Seen::new(mean, crowd, rule);
        self.found = Some(Found { template, score: group.score, photos: photos.collect() });
    }
}
