//! How well the groups of all faces fit the labelled people.

use std::collections::HashMap;

use serde::Serialize;

use super::super::super::output;
use super::Labelled;
use crate::domain::FaceId;
use crate::search::Groups;
use crate::store::faces::MeasuredFace;

/// Pairs of labelled faces, by the groups they are in.
#[derive(Default, Serialize)]
pub(super) struct GroupPairs {
    /// Groups of at least two photos.
    groups: usize,
    people: usize,
    /// Pairs in one group.
    together: usize,
    /// Those of one person.
    right: usize,
    /// Pairs of one person.
    same: usize,
    /// Most groups of at least two photos that one person's faces are in.
    most_groups_of_a_person: usize,
}

impl Labelled<'_> {
    /// Groups all faces, as the studio does.
    pub(super) fn compare_groups(&self, measured: &[MeasuredFace]) -> anyhow::Result<GroupPairs> {
        let mut groups = Groups::default();
        let of = (self.event_id, self.app.pack_id);
        self.app.store.read(|db| groups.advance(db, &self.app.search, of, || true))?;
        let person = |face: &MeasuredFace| self.truth.person_of(&face.file_name, &face.bounds);
        let people: HashMap<FaceId, &str> =
            measured.iter().filter_map(|face| Some((face.id, person(face)?))).collect();
        let mut of_person: HashMap<&str, usize> = HashMap::new();
        for person in people.values() {
            *of_person.entry(person).or_default() += 1;
        }
        let pairs = |count: usize| count * count.saturating_sub(1) / 2;
        let mut result = GroupPairs {
            people: of_person.len(),
            same: of_person.values().map(|count| pairs(*count)).sum(),
            ..GroupPairs::default()
        };
        let mut groups_of: HashMap<&str, usize> = HashMap::new();
        for group in groups.iter() {
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for person in group.iter().filter_map(|(face, _)| people.get(face)) {
                *counts.entry(person).or_default() += 1;
            }
            result.together += pairs(counts.values().sum());
            result.right += counts.values().map(|count| pairs(*count)).sum::<usize>();
            if group.len() > 1 {
                result.groups += 1;
                for person in counts.into_keys() {
                    *groups_of.entry(person).or_default() += 1;
                }
            }
        }
        result.most_groups_of_a_person = groups_of.into_values().max().unwrap_or(0);
        Ok(result)
    }
}

impl GroupPairs {
    pub(super) fn print(&self) {
        let share = |of: usize| self.right as f64 / of.max(1) as f64;
        output::line(&format!(
            "{} groups of at least two photos, {} labelled people: of the pairs of faces in one group {:.3} are of one \
             person, of the pairs of one person {:.3} are in one group; a person is in {} of these groups at most",
            self.groups,
            self.people,
            share(self.together),
            share(self.same),
            self.most_groups_of_a_person
        ));
    }
}
