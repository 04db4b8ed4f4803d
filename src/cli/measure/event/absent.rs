//! Guests who are in no photo: whatever a search finds for them is wrong.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::Serialize;

use super::truth::Truth;
use super::{Labelled, Outcome};
use crate::domain::{Capture, Detection, Embedding, Face, Landmarks, PhotoId, PixelSize, Point};
use crate::store::faces::{self, MeasuredFace};
use crate::store::{indexing, photos};

/// What such guests' searches found, with one selfie each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Absent {
    searches: usize,
    /// Share of the searches with a sure photo.
    with_sure: f64,
    /// Share of the searches with a possible photo.
    with_maybe: f64,
    /// Sure photos a search.
    wrong_photos: f64,
    /// Possible photos a search.
    wrong_maybe: f64,
}

impl Absent {
    /// `None` of no searches.
    pub(super) fn of(outcomes: &[Outcome]) -> Option<Self> {
        if outcomes.is_empty() {
            return None;
        }
        let mean = |value: &dyn Fn(&Outcome) -> usize| {
            let total: usize = outcomes.iter().map(value).sum();
            total as f64 / outcomes.len() as f64
        };
        Some(Self {
            searches: outcomes.len(),
            with_sure: mean(&|one| usize::from(!one.wrong.is_empty())),
            with_maybe: mean(&|one| usize::from(one.maybe_wrong > 0)),
            wrong_photos: mean(&|one| one.wrong.len()),
            wrong_maybe: mean(&|one| one.maybe_wrong),
        })
    }

    pub(super) fn describe(&self, who: &str) -> String {
        let Self { searches, with_sure, with_maybe, wrong_photos, wrong_maybe } = self;
        format!(
            "{searches} searches of {who}: {with_sure:.3} have a sure photo, {with_maybe:.3} a possible one; \
             {wrong_photos:.2} sure and {wrong_maybe:.2} possible photos a search"
        )
    }
}

/// Guests of another event, and the event's own without their faces.
#[derive(Serialize)]
pub(super) struct AbsentGuests {
    pub(super) elsewhere: Option<Absent>,
    /// Unknown where the labels do not say which faces are theirs.
    pub(super) left_out: Option<Absent>,
    /// Share of their searches with a sure photo, as the event's photos tell without labels.
    pub(super) estimate: Option<f64>,
}

/// A photo with its faces, and whether each is the guest's.
struct OwnPhoto {
    size: PixelSize,
    faces: Vec<(bool, Face)>,
}

impl Labelled<'_> {
    /// Searches for the guests of a folder, who are not in this event.
    pub(super) fn search_absent(&self, dir: &Path) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for guest in Truth::read(dir)?.guests.keys() {
            outcomes.extend(self.search_for(dir, guest)?);
        }
        anyhow::ensure!(!outcomes.is_empty(), "there are no usable selfies in `{}`", dir.display());
        Ok(outcomes)
    }

    /// Searches for each guest while the event is without the guest's faces: look-alikes are more likely among people
    /// of one gathering.
    pub(super) fn search_left_out(&self) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for guest in self.truth.guests.keys() {
            let photos = self.photos_of(guest)?;
            if photos.is_empty() {
                continue;
            }
            self.index_again(&photos, false)?;
            outcomes.extend(self.search_for(self.dir, guest)?);
            self.index_again(&photos, true)?;
        }
        Ok(outcomes)
    }

    fn search_for(&self, dir: &Path, guest: &str) -> anyhow::Result<Vec<Outcome>> {
        let selfies = self.read_selfies(dir, guest)?.into_iter();
        let usable = selfies.filter_map(|(selfie, result)| Some((selfie, result.ok()?.0)));
        let search = |(selfie, face): (String, Embedding)| {
            Ok(Outcome::of(selfie, &self.search(std::slice::from_ref(&face))?.matches, &HashSet::new()))
        };
        usable.map(search).collect()
    }

    /// The photos that a guest is in.
    fn photos_of(&self, guest: &str) -> anyhow::Result<BTreeMap<PhotoId, OwnPhoto>> {
        let is_guests =
            |face: &MeasuredFace| self.truth.guest_of(&face.file_name, &face.bounds) == Some(guest);
        let read = self.app.store.read(|db| {
            let mut photos: BTreeMap<PhotoId, OwnPhoto> = BTreeMap::new();
            for face in faces::list_measured(db, self.event_id)? {
                let Some(stored) = faces::find(db, self.event_id, face.id)? else { continue };
                let Some(size) = photos::find(db, stored.photo_id)?.and_then(|photo| photo.size) else {
                    continue;
                };
                let landmarks = Landmarks([Point::default(); 5]);
                let detection = Detection { bounds: face.bounds, landmarks, score: 1.0 };
                let copy = Face { detection, quality: face.quality, embedding: stored.embedding };
                let photo = photos.entry(stored.photo_id).or_insert(OwnPhoto { size, faces: Vec::new() });
                photo.faces.push((is_guests(&face), copy));
            }
            photos.retain(|_, photo| photo.faces.iter().any(|(is_guests, _)| *is_guests));
            Ok(photos)
        });
        Ok(read?)
    }

    /// Records the faces of these photos again, with or without the guest's.
    fn index_again(&self, photos: &BTreeMap<PhotoId, OwnPhoto>, with_guest: bool) -> anyhow::Result<()> {
        let kept = |(id, photo): (&PhotoId, &OwnPhoto)| {
            let kept = photo.faces.iter().filter(|(is_guests, _)| with_guest || !is_guests);
            (*id, photo.size, kept.map(|(_, face)| face.clone()).collect::<Vec<_>>())
        };
        let (photos, pack): (Vec<_>, _) = (photos.iter().map(kept).collect(), self.app.pack_id);
        self.app.store.write(move |tx| {
            for (id, size, faces) in &photos {
                indexing::index_photo(tx, *id, pack, *size, &Capture::default(), faces)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_match_of_somebody_who_is_in_no_photo_is_wrong() {
        let outcome = |wrong: &[&str], maybe_wrong| Outcome {
            wrong: wrong.iter().map(|name| (*name).to_owned()).collect(),
            maybe_wrong,
            ..Outcome::default()
        };
        let absent =
            Absent::of(&[outcome(&["a", "b"], 0), outcome(&[], 3), outcome(&[], 0), outcome(&[], 1)]);
        let expected =
            Absent { searches: 4, with_sure: 0.25, with_maybe: 0.5, wrong_photos: 0.5, wrong_maybe: 1.0 };
        assert_eq!(absent, Some(expected));
        assert_eq!(Absent::of(&[]), None);
    }
}
