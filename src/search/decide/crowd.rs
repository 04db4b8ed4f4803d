//! How crowded a face's surroundings are: the density, by which similarities become comparable between people and
//! between events. Known as CSLS in retrieval (Conneau et al., 2018) and as adaptive score normalisation in speaker
//! verification.

use super::super::memory::{Probe, Vectors};
use super::super::rule::Rule;

/// In an event of at most so many faces, densities are measured against all of them.
const ALL: usize = 4096;

/// The density is the mean similarity to this many faces out of [`PART`].
const NEAREST: usize = 30;
/// The nearest faces may be the same person: this many out of [`PART`] are left out, and all that are as similar as one
/// person's faces are, because some people are in most photos of an event.
const LEAST_OWN: usize = 8;
/// Of more faces than this, more count in proportion. In larger events so many are chosen at random: a search measures
/// the densities of a hundred faces, and should not take longer the larger the event is.
const PART: usize = 1024;
/// With fewer faces than this, the pack's usual density counts too.
const FULL_SAMPLE: usize = 150;

/// How many of an event's faces densities are measured against.
#[must_use]
pub(crate) fn sample_size(faces: usize) -> usize {
    if faces <= ALL { faces } else { PART }
}

/// A sample of an event's faces.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    sample: Vectors,
    /// Faces of the whole event.
    faces: usize,
}

impl Crowd {
    /// `faces` is the number of faces in the whole event.
    #[must_use]
    pub(crate) fn new(sample: Vectors, faces: usize) -> Self {
        Self { sample, faces }
    }

    /// How many faces the sample has.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.sample.len()
    }

    /// Mean similarity of a face to its nearest strangers, as far as the sample shows them.
    #[must_use]
    pub(crate) fn density(&self, rule: &Rule, face: &Probe) -> f32 {
        let mut similarities = self.sample.similarities(face);
        let known = similarities.len();
        let own = similarities.iter().filter(|similarity| **similarity >= rule.same_person).count();
        let in_proportion = |count: usize| (count * known / PART).max(count);
        let own = own.max(in_proportion(LEAST_OWN)).min(known);
        let last = (own + in_proportion(NEAREST)).min(known);
        if last < known {
            similarities.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
            similarities.truncate(last);
        }
        if own < last {
            similarities.select_nth_unstable_by(own, |a, b| b.total_cmp(a));
        }
        let strangers = &similarities[own..];
        let trust = (known as f32 / FULL_SAMPLE as f32).min(1.0);
        let measured = match strangers.len() {
            0 => rule.usual_density,
            count => strangers.iter().sum::<f32>() / count as f32,
        };
        let unseen = (self.faces as f32 / PART as f32).max(1.0).log10();
        let density = trust * measured + (1.0 - trust) * rule.usual_density + rule.growth * unseen;
        density.max(rule.least_density())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Embedding;

    const RULE: Rule = Rule {
        sure: 0.1,
        maybe: 0.05,
        usual_density: 0.3,
        same_person: 0.5,
        group: 0.2,
        lone: 0.05,
        certain: 0.3,
        beside: 0.03,
        lead: 0.03,
        full_lead: 0.1,
        excluded: 0.15,
        growth: 0.1,
    };

    /// A unit vector with this cosine to the first axis.
    fn at(cosine: f32) -> Embedding {
        Embedding::normalised(vec![cosine, (1.0 - cosine * cosine).sqrt(), 0.0]).unwrap()
    }

    fn density(cosines: &[f32], faces: usize) -> f32 {
        let mut sample = Vectors::new(3);
        for cosine in cosines {
            sample.push(&at(*cosine)).unwrap();
        }
        Crowd::new(sample, faces).density(&RULE, &Probe::new(&at(1.0)))
    }

    fn is(a: f32, b: f32) -> bool {
        (a - b).abs() < 0.01
    }

    #[test]
    fn the_persons_own_faces_do_not_count() {
        let strangers = [vec![0.2; 40], vec![-0.5; 100]].concat();
        let with_own = |own: usize| density(&[vec![0.9; own], strangers.clone()].concat(), 100);
        assert!(is(with_own(10), 0.2) && is(with_own(400), 0.2));
        // At least eight are left out, also if they are no more similar than strangers.
        assert!(is(density(&[vec![0.45; 8], vec![0.2; 200]].concat(), 208), 0.2));
    }

    #[test]
    fn small_events_have_the_usual_density_and_large_ones_a_little_more() {
        assert!(is(density(&[], 0), 0.3) && is(density(&[0.9], 1), 0.3));
        assert!(is(density(&[0.0; 75], 75), 0.15));
        assert!(is(density(&[0.15; 200], 200), 0.15) && is(density(&[0.15; 200], 10 * PART), 0.25));
    }

    #[test]
    fn of_a_larger_sample_more_faces_count() {
        let faces =
            |times: usize| [vec![0.45; 8 * times], vec![0.2; 30 * times], vec![-0.5; 986 * times]].concat();
        assert!(is(density(&faces(1), PART), 0.2) && is(density(&faces(4), PART), 0.2));
    }
}
