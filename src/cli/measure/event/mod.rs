//! Whole searches: imports the photos into a temporary event, searches it as guests and the photographer do, and
//! compares the results with the truth.

mod absent;
mod groups;
mod pairs;
mod report;
mod truth;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::ExitCode;
use super::super::import::import_with_bar;
use super::super::invocation::Invocation;
use super::super::output::chain;
use super::strangers;
use crate::app::App;
use crate::domain::{Embedding, Event, EventId};
use crate::search::{Found, Match, Query, SearchError, SearchTimes, SelfieRefusal};
use crate::store::events;
use crate::store::faces::{self, MeasuredFace};

use absent::{Absent, AbsentGuests};
use groups::GroupPairs;
use pairs::Pairs;
use report::{Detected, Report, Slice};
pub(super) use report::{Means, Outcome};
use truth::{PhotoTruth, Truth};

/// A temporary event with labelled photos, ready to be searched.
pub(super) struct Labelled<'a> {
    cli: &'a Invocation,
    dir: &'a Path,
    pub(super) app: App,
    pub(super) event_id: EventId,
    truth: Truth,
    /// Deleted at the end.
    _folder: tempfile::TempDir,
}

pub(super) fn run(
    cli: &Invocation,
    dir: &Path,
    distractors: Option<&Path>,
    absent: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let (event, summary) = Labelled::import(cli, dir, folder)?;
    let others = distractors.map(|file| strangers::read(&event.app, file)).transpose()?.unwrap_or_default();
    strangers::add(&event.app, event.event_id, &others)?;
    let searches = event.search_all()?;
    let pairs = event.compare_pairs()?;
    let elsewhere = absent.map(|dir| event.search_absent(dir)).transpose()?;
    let absent = AbsentGuests {
        elsewhere: elsewhere.as_deref().and_then(Absent::of),
        left_out: Absent::of(&event.search_left_out()?),
        estimate: event.app.search.share_of_wrong_searches(event.event_id),
    };
    Report { summary: &summary, strangers: others.len(), searches, pairs, absent }.print(cli.json);
    Ok(ExitCode::Done)
}

/// A selfie's embedding, or why it was refused.
type SelfieResult = Result<(Embedding, SearchTimes), SelfieRefusal>;

/// All searches of an event.
pub(super) struct Searches {
    /// With each selfie.
    one: Vec<Outcome>,
    /// With all selfies of each guest who has several.
    all: Vec<Outcome>,
    /// For the person of each labelled face.
    faces: Vec<Outcome>,
    slices: Vec<Slice>,
    groups: GroupPairs,
    detected: Detected,
    times: SearchTimes,
    /// Of the searches with one selfie, reading it from its file included.
    elapsed: Duration,
}

impl<'a> Labelled<'a> {
    /// Imports the photos into a data folder.
    pub(super) fn import(
        cli: &'a Invocation,
        dir: &'a Path,
        folder: tempfile::TempDir,
    ) -> anyhow::Result<(Self, crate::import::ImportSummary)> {
        let truth = Truth::read(dir)?;
        let app = cli.in_folder(folder.path()).open()?;
        let event = Event::new("measured".to_owned(), None, app.clock.now());
        let event_id = event.id;
        app.store.write(move |tx| events::insert(tx, &event))?;
        let summary = import_with_bar(cli, &app, event_id, &[dir.join("photos")], false)?;
        Ok((Self { cli, dir, app, event_id, truth, _folder: folder }, summary))
    }

    /// The searches of all guests, and for all labelled faces.
    pub(super) fn search_all(&self) -> anyhow::Result<Searches> {
        let measured = self.app.store.read(|db| faces::list_measured(db, self.event_id))?;
        let mut searches = Searches {
            one: Vec::new(),
            all: Vec::new(),
            faces: Vec::new(),
            slices: Slice::all(&measured),
            groups: self.compare_groups(&measured)?,
            detected: self.detected(&measured),
            times: SearchTimes::default(),
            elapsed: Duration::ZERO,
        };
        for (guest, photos) in &self.truth.guests {
            self.search_guest(guest, photos, &measured, &mut searches)?;
        }
        anyhow::ensure!(!searches.one.is_empty(), "there are no selfies in `{}`", self.dir.display());
        for face in &measured {
            let Some(guest) = self.truth.guest_of(&face.file_name, &face.bounds) else { continue };
            let Some(stored) = self.app.store.read(|db| faces::find(db, self.event_id, face.id))? else {
                continue;
            };
            let found = self.app.store.read(|db| self.app.search.find_person(db, self.event_id, &stored))?;
            let name = format!("{guest} in {}", face.file_name);
            let found: Vec<Match> = found.into_iter().map(|(_, found)| found).collect();
            searches.faces.push(Outcome::of(name, &found, &self.truth.guests[guest]));
        }
        Ok(searches)
    }

    fn search_guest(
        &self,
        guest: &str,
        photos: &HashSet<String>,
        measured: &[MeasuredFace],
        searches: &mut Searches,
    ) -> anyhow::Result<()> {
        let mut embeddings = Vec::new();
        let reading = Instant::now();
        let selfies = self.read_selfies(self.dir, guest)?;
        searches.elapsed += reading.elapsed();
        for (selfie, result) in selfies {
            let (embedding, times) = match result {
                Ok(read) => read,
                Err(refusal) => {
                    searches.one.push(Outcome::refused(selfie, photos, chain(&refusal.into())));
                    continue;
                }
            };
            let compare = Instant::now();
            let found = self.search(std::slice::from_ref(&embedding))?;
            let compare = compare.elapsed();
            searches.elapsed += compare;
            searches.times.add(&SearchTimes { compare, ..times });
            let outcome = Outcome::of(selfie, &found.matches, photos);
            for face in
                measured.iter().filter(|f| self.truth.guest_of(&f.file_name, &f.bounds) == Some(guest))
            {
                let is_sure = outcome.is_sure(&face.file_name);
                searches.slices.iter_mut().for_each(|slice| slice.count(&face.quality, is_sure));
            }
            searches.one.push(outcome);
            embeddings.push(embedding);
        }
        if embeddings.len() > 1 {
            searches.all.push(Outcome::of(guest.to_owned(), &self.search(&embeddings)?.matches, photos));
        }
        Ok(())
    }

    /// A guest's selfies by name.
    fn read_selfies(&self, dir: &Path, guest: &str) -> anyhow::Result<Vec<(String, SelfieResult)>> {
        let read = |path: PathBuf| {
            let mut times = SearchTimes::default();
            let result = match self.cli.embed_selfie(&self.app.engine, &path, &mut times) {
                Ok(embedding) => Ok((embedding, times)),
                Err(error) => match error.downcast() {
                    Ok(SearchError::Selfie(refusal)) => Err(refusal),
                    Ok(error) => return Err(error.into()),
                    Err(error) => return Err(error),
                },
            };
            Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), result))
        };
        truth::selfies(dir, guest)?.into_iter().map(read).collect()
    }

    /// All usable selfies, with the photos that each should find.
    pub(super) fn usable_selfies(&self) -> anyhow::Result<Vec<(Embedding, HashSet<String>)>> {
        let mut usable = Vec::new();
        for (guest, photos) in &self.truth.guests {
            let read = self.read_selfies(self.dir, guest)?.into_iter();
            usable.extend(read.filter_map(|(_, result)| Some((result.ok()?.0, photos.clone()))));
        }
        Ok(usable)
    }

    pub(super) fn search(&self, selfies: &[Embedding]) -> anyhow::Result<Found> {
        let selfies: Vec<_> = selfies.iter().cloned().map(Into::into).collect();
        let query =
            Query { event_id: self.event_id, selfies: &selfies, denied: &HashSet::new(), with_hidden: false };
        Ok(self.app.store.read(|db| self.app.search.find_photos(db, query))?)
    }

    fn detected(&self, measured: &[MeasuredFace]) -> Detected {
        let mut by_photo: BTreeMap<&str, Vec<&MeasuredFace>> = BTreeMap::new();
        for face in measured {
            by_photo.entry(&face.file_name).or_default().push(face);
        }
        let mut result = Detected::default();
        for (file_name, photo) in &self.truth.photos {
            let detected = by_photo.remove(file_name.as_str()).unwrap_or_default();
            let (labelled, found) = match photo {
                PhotoTruth::Count(count) => (*count, detected.len().min(*count)),
                PhotoTruth::Faces(faces) => {
                    let found =
                        faces.iter().filter(|face| detected.iter().any(|other| face.is(&other.bounds)));
                    (faces.len(), found.count())
                }
            };
            result.labelled += labelled;
            result.found += found;
            result.surplus += detected.len().saturating_sub(found);
        }
        result
    }
}
