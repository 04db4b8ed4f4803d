//! The numbers that decide whose face it is. `docs/ACCURACY.md` says how they were chosen and what they give.

/// The match threshold of the pack on which the numbers below were measured; another pack's are scaled by its own.
const MEASURED_AT: f32 = 0.38;

/// How likely a match is the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Likely enough to be worth a look.
    Maybe,
    /// As good as certain.
    Sure,
}

/// The numbers of one pack, all in its cosine similarities. A *relative* similarity is the cosine minus the mean of
/// both faces' densities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Least score of a sure match, a relative similarity.
    pub sure: f32,
    /// Least score of a possible match.
    pub maybe: f32,
    /// Density of a face while the event is too small to measure it.
    pub usual_density: f32,
    /// Faces at least this similar may be the same person, and are no strangers to each other.
    pub same_person: f32,
    /// Least mean relative similarity between two groups of faces of one person.
    pub group: f32,
    /// What a group of one face lacks in evidence; a group of several lacks less.
    pub lone: f32,
    /// Least score of a group that is sure whatever else is found.
    pub certain: f32,
    /// What another group than the first needs more to be sure.
    pub beside: f32,
    /// What the first group gains that is clearly the most similar one.
    pub lead: f32,
    /// How much more similar than the second it is then.
    pub full_lead: f32,
    /// What a face loses that shares a photo with the person.
    pub excluded: f32,
    /// How much the most similar strangers gain when an event has ten times as many faces.
    pub growth: f32,
}

impl Rule {
    /// The rule of a pack with this match threshold. `wanted` is the threshold to use in its place: a higher one shows
    /// fewer wrong photos and misses more right ones.
    #[must_use]
    pub fn new(pack_threshold: f32, wanted: Option<f32>) -> Self {
        let scale = pack_threshold / MEASURED_AT;
        let stricter = wanted.map_or(0.0, |wanted| wanted - pack_threshold);
        Self {
            sure: 0.12 * scale + stricter,
            maybe: 0.065 * scale + stricter,
            usual_density: 0.26 * scale,
            same_person: 0.5 * scale,
            group: 0.22 * scale,
            lone: 0.05 * scale,
            certain: 0.33 * scale,
            beside: 0.04 * scale,
            lead: 0.03 * scale,
            full_lead: 0.06 * scale,
            excluded: 0.15 * scale,
            growth: 0.05 * scale,
        }
    }

    /// No face has a lower density; measured ones are hardly ever lower.
    #[must_use]
    pub fn least_density(&self) -> f32 {
        0.4 * self.usual_density
    }

    /// How much a similarity of the pack with this other rule is worth by this pack.
    #[must_use]
    pub fn scale_from(&self, other: &Self) -> f32 {
        self.usual_density / other.usual_density
    }

    /// Least cosine similarity of two faces of one person where there is no event to compare them with.
    #[must_use]
    pub fn alone(&self) -> f32 {
        self.sure + self.usual_density
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packs_threshold_scales_the_rule_and_a_wanted_one_moves_it() {
        let rule = Rule::new(0.38, None);
        assert!((rule.alone() - 0.38).abs() < 1e-6);
        let coarse = Rule::new(0.76, None);
        assert!((coarse.group - 2.0 * rule.group).abs() < 1e-6 && (coarse.alone() - 0.76).abs() < 1e-6);
        assert!((rule.scale_from(&coarse) - 0.5).abs() < 1e-6);
        let strict = Rule::new(0.38, Some(0.48));
        assert!((strict.sure - rule.sure - 0.1).abs() < 1e-6 && strict.maybe > rule.maybe);
        assert!((strict.group - rule.group).abs() < 1e-6, "what a group is does not depend on strictness");
    }
}
