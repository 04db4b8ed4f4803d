//! Pairs of labelled faces: how often different people pass for one person, and one person's faces as theirs. Events of
//! different groups of people show whether the rule treats them alike.

use serde::Serialize;

use super::Labelled;
use crate::store::faces;

/// Shares of the pairs that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Passing {
    pairs: usize,
    /// At one cosine for everybody.
    by_cosine: f64,
    /// At the relative similarity that a lone face needs.
    by_rule: f64,
}

impl Passing {
    /// From the cosine and the relative similarity of each pair.
    fn of(pairs: &[(f32, f32)], (cosine, relative): (f32, f32)) -> Self {
        let share = |passes: &dyn Fn(&(f32, f32)) -> bool| {
            pairs.iter().filter(|pair| passes(pair)).count() as f64 / pairs.len().max(1) as f64
        };
        Self {
            pairs: pairs.len(),
            by_cosine: share(&|pair| pair.0 >= cosine),
            by_rule: share(&|pair| pair.1 >= relative),
        }
    }

    pub(super) fn describe(&self, whose: &str) -> String {
        let Self { pairs, by_cosine, by_rule } = self;
        format!("{pairs} pairs of {whose}: {by_cosine:.4} pass by the cosine alone, {by_rule:.4} by the rule")
    }
}

/// Of different people, and of one.
#[derive(Serialize)]
pub(super) struct Pairs {
    pub(super) different: Passing,
    pub(super) same: Passing,
}

impl Labelled<'_> {
    pub(super) fn compare_pairs(&self) -> anyhow::Result<Pairs> {
        let (app, mut people) = (&self.app, Vec::new());
        let candidates = app.store.read(|db| {
            let mut labelled = Vec::new();
            for face in faces::list_measured(db, self.event_id)? {
                let Some(person) = self.truth.person_of(&face.file_name, &face.bounds) else { continue };
                people.push(person);
                labelled.extend(faces::find(db, self.event_id, face.id)?);
            }
            app.search.prepare(db, self.event_id, &labelled)
        })?;
        let (mut different, mut same) = (Vec::new(), Vec::new());
        for (a, (_, first)) in candidates.iter().enumerate() {
            for (b, (_, second)) in candidates.iter().enumerate().skip(a + 1) {
                let cosine = first.seen.embedding.similarity(&second.seen.embedding);
                let of_kind = if people[a] == people[b] { &mut same } else { &mut different };
                of_kind.push((cosine, first.seen.relative(&second.seen)));
            }
        }
        let rule = app.search.rule();
        let least = (rule.alone(), rule.sure + rule.lone);
        Ok(Pairs { different: Passing::of(&different, least), same: Passing::of(&same, least) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_pass_from_the_threshold_on() {
        let pairs = [(0.38, 0.1), (0.5, 0.2), (0.2, 0.17), (0.1, 0.0)];
        let expected = Passing { pairs: 4, by_cosine: 0.5, by_rule: 0.5 };
        assert_eq!(Passing::of(&pairs, (0.38, 0.17)), expected);
        assert_eq!(Passing::of(&[], (0.38, 0.17)), Passing::default());
    }
}
