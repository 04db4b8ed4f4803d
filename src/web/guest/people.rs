//! Whom a guest searches for: themselves, with one selfie or several, several people of one selfie, or the person whose
//! face they tapped in a photo. What was found of each person becomes one result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{FaceBox, FaceId, PhotoId};
use crate::search::{FaceCodes, Match, Verdict};

/// Most selfies that count together; a further one takes the place of the first.
const MAX_SELFIES: usize = 5;

/// Which photos of several people are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Those that show all of them.
    All,
    /// Those that show at least one of them.
    Any,
}

/// The people to search for.
pub(crate) struct People {
    /// One at least: each person's face codes, one for each selfie, the last one last.
    each: Vec<Vec<FaceCodes>>,
    mode: Mode,
    /// The face, if it was tapped in a photo.
    tapped: Option<FaceId>,
}

impl People {
    /// Those whose faces were chosen in a selfie. For one person the mode does not matter.
    pub(crate) fn of_selfie(faces: Vec<FaceCodes>, mode: Option<Mode>) -> Self {
        let each = faces.into_iter().map(|face| vec![face]).collect();
        Self { each, mode: mode.unwrap_or(Mode::Any), tapped: None }
    }

    /// The person whose face was tapped in a photo.
    pub(crate) fn of_face(id: FaceId, face: FaceCodes) -> Self {
        Self { each: vec![vec![face]], mode: Mode::Any, tapped: Some(id) }
    }

    /// The same person with the selfies of `more`; `None` if either is several people.
    pub(crate) fn with(&self, more: &Self) -> Option<Self> {
        let ([before], [after]) = (&self.each[..], &more.each[..]) else { return None };
        let all = [&before[..], after].concat();
        let dropped = all.len().saturating_sub(MAX_SELFIES);
        Some(Self { each: vec![all[dropped..].to_vec()], mode: self.mode, tapped: None })
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &[FaceCodes]> {
        self.each.iter().map(Vec::as_slice)
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn tapped(&self) -> Option<FaceId> {
        self.tapped
    }

    pub(crate) fn count(&self) -> usize {
        self.each.len()
    }

    pub(crate) fn selfies(&self) -> usize {
        self.each.first().map_or(0, Vec::len)
    }
}

/// Where a person is in a photo, and how certainly.
pub(crate) type Sighting = (FaceBox, Verdict);

/// What a photo is worth in which this was seen of each person: the best for any of them, the least for all of them.
/// A face that two people resemble is one person, so it does not show both.
pub(crate) fn judge(mode: Mode, of_each: &[Option<Sighting>]) -> Option<Sighting> {
    let worth = |(_, a): &Sighting, (_, b): &Sighting| {
        a.certainty.cmp(&b.certainty).then_with(|| a.similarity.total_cmp(&b.similarity))
    };
    let seen: Vec<Sighting> = of_each.iter().flatten().copied().collect();
    match mode {
        Mode::Any => seen.into_iter().max_by(worth),
        Mode::All => {
            let is_shared = |at: usize| seen[..at].iter().any(|(face, _)| *face == seen[at].0);
            let shows_all = seen.len() == of_each.len() && !(0..seen.len()).any(is_shared);
            seen.into_iter().min_by(worth).filter(|_| shows_all)
        }
    }
}

/// One list of matches from those of each person, in the order of a search.
pub(crate) fn combine(mode: Mode, of_each: Vec<Vec<Match>>) -> Vec<Match> {
    let people = of_each.len();
    let mut photos: BTreeMap<PhotoId, _> = BTreeMap::new();
    for (person, matches) in of_each.into_iter().enumerate() {
        for Match { photo, face, similarity, certainty, reason } in matches {
            let (_, seen) = photos.entry(photo.id).or_insert_with(|| (photo, vec![None; people]));
            seen[person] = Some((face, Verdict { certainty, reason, similarity }));
        }
    }
    let judged = photos.into_values().filter_map(|(photo, seen)| {
        let (face, Verdict { certainty, reason, similarity }) = judge(mode, &seen)?;
        Some(Match { photo, face, similarity, certainty, reason })
    });
    let mut matches: Vec<Match> = judged.collect();
    matches.sort_by(Match::compare);
    matches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Embedding;
    use crate::search::Certainty::{self, Maybe, Sure};
    use crate::search::Reason;

    fn seen(x: f32, certainty: Certainty, similarity: f32) -> Sighting {
        let face = FaceBox { x, y: 0.0, w: 10.0, h: 10.0 };
        (face, Verdict { certainty, reason: Reason::LikeSelfie, similarity })
    }

    fn codes(x: f32) -> FaceCodes {
        Embedding::normalised(vec![x, 1.0, 0.0, 0.0]).unwrap().into()
    }

    #[test]
    fn any_person_is_enough_or_all_are_needed() {
        let [ana, budi] = [seen(0.0, Sure, 0.5), seen(50.0, Maybe, 0.7)].map(Some);
        assert_eq!(judge(Mode::Any, &[ana, budi]), ana);
        assert_eq!(judge(Mode::All, &[ana, budi]), budi);
        assert_eq!(judge(Mode::Any, &[None, budi]), budi);
        assert_eq!(judge(Mode::All, &[None, budi]), None);
        for mode in [Mode::Any, Mode::All] {
            assert_eq!(judge(mode, &[ana]), ana);
            assert_eq!(judge(mode, &[None, None]), None);
        }
    }

    #[test]
    fn one_face_does_not_show_two_people() {
        let [mother, daughter] = [seen(0.0, Sure, 0.6), seen(0.0, Maybe, 0.4)].map(Some);
        assert_eq!(judge(Mode::All, &[mother, daughter]), None);
        assert_eq!(judge(Mode::Any, &[mother, daughter]), mother);
    }

    #[test]
    fn a_person_has_five_selfies_at_most_and_a_group_one() {
        let mut person = People::of_selfie(vec![codes(0.0)], None);
        for at in 1..8_u8 {
            person = person.with(&People::of_selfie(vec![codes(at.into())], None)).unwrap();
        }
        let held: Vec<&[FaceCodes]> = person.each().collect();
        assert_eq!((person.count(), person.selfies()), (1, MAX_SELFIES));
        assert_eq!(held[0].last(), Some(&codes(7.0)));
        let group = People::of_selfie(vec![codes(0.0), codes(1.0)], Some(Mode::All));
        assert!(person.with(&group).is_none() && group.with(&person).is_none());
        assert_eq!((group.count(), group.selfies()), (2, 1));
    }
}
