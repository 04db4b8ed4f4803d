//! What guests' pages receive about photos: matches, news, favourites.

use std::collections::HashSet;

use serde::Serialize;

use crate::app::App;
use crate::domain::{EventId, FaceBox, FaceId, Photo, PhotoId, PixelSize};
use crate::search::{Certainty, Found, Match, Person, Query, Reason, Verdict};
use crate::store::browse::{self, Progress};
use crate::store::faces;
use crate::store::marks::{self, Marks};
use crate::web::Settings;
use crate::web::access::guest_session::GuestAccess;
use crate::web::guest::active_faces::{ActiveFace, Known};
use crate::web::guest::live::ArrivedPhoto;
use crate::web::guest::people::{self, Mode, People};
use crate::web::{ApiError, ErrorCode};

/// A photo; its pictures are at `photos/ID/KIND`.
#[derive(Clone, Serialize)]
pub(crate) struct PhotoView {
    id: i64,
    /// The file that is shown: browsers keep a picture, and another version is another one.
    version: i64,
    file_name: String,
    /// Upright pixels.
    width: u32,
    height: u32,
    /// By the clocks at the event, without a zone.
    taken_at: String,
    /// Who took it; null: the event's photographer.
    credit: Option<String>,
    by_guest: bool,
    bookmarked: bool,
}

impl PhotoView {
    pub(crate) fn new(photo: &Photo, marks: &Marks) -> Self {
        let size = photo.size.unwrap_or(PixelSize { width: 1, height: 1 });
        Self {
            id: photo.id.as_i64(),
            version: photo.file_id.as_i64(),
            file_name: photo.file_name.clone(),
            width: size.width,
            height: size.height,
            taken_at: photo.moment.to_local_time(),
            credit: photo.credit.clone(),
            by_guest: photo.sender.is_some(),
            bookmarked: marks.bookmarks.contains(&photo.id),
        }
    }
}

/// A photo with the face that was searched for.
#[derive(Serialize)]
pub(crate) struct MatchView {
    #[serde(flatten)]
    photo: PhotoView,
    face: RelativeBox,
    /// Cosine similarity to the most similar selfie, or to the tapped face.
    similarity: f32,
    /// Why the photo is shown.
    reason: &'static str,
}

/// A box in fractions of the picture's width and height.
#[derive(Serialize)]
pub(crate) struct RelativeBox {
    x: f32,
    y: f32,
    w: f32,
    h: f32,
}

impl RelativeBox {
    pub(crate) fn new(part: FaceBox, size: PixelSize) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self { x: part.x / width, y: part.y / height, w: part.w / width, h: part.h / height }
    }
}

impl MatchView {
    fn new(photo: &Photo, face: FaceBox, (similarity, reason): (f32, Reason), marks: &Marks) -> Self {
        let view = PhotoView::new(photo, marks);
        let face = RelativeBox::new(face, PixelSize { width: view.width, height: view.height });
        let reason = match reason {
            Reason::LikeSelfie => "selfie",
            Reason::SamePerson => "person",
        };
        Self { photo: view, face, similarity, reason }
    }
}

/// The event's state at an answer, which the page sends back with its next request; opaque to the page.
#[derive(Clone, Copy)]
pub(crate) struct Cursor(pub(in crate::web) Progress);

impl Cursor {
    /// From [`Cursor::text`]; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sequence, revision) = text.split_once('-')?;
        let (sequence, revision) = (sequence.parse().ok()?, revision.parse().ok()?);
        Some(Self(Progress { sequence, revision, visible: 0 }))
    }

    pub(crate) fn text(self) -> String {
        format!("{}-{}", self.0.sequence, self.0.revision)
    }
}

/// A guest's matches.
#[derive(Serialize)]
pub(crate) struct Results {
    sequence: String,
    /// Visible photos of the event.
    photos: u64,
    sure: Vec<MatchView>,
    maybe: Vec<MatchView>,
    /// Photos left out because the guest removed them.
    removed: usize,
    /// How many selfies the guest has searched with.
    selfies: usize,
    /// Whether these are photos of the person whose face the guest tapped in a photo.
    tapped: bool,
    /// How many people were searched for.
    people: usize,
    /// Which photos of several people were found.
    mode: Option<Mode>,
}

impl Results {
    pub(crate) fn is_empty(&self) -> bool {
        self.sure.is_empty() && self.maybe.is_empty()
    }
}

/// The photos of these people in the guest's event, without those that the guest removed. `selfies` says with how many
/// the guest has searched.
pub(crate) fn find_results(
    settings: &Settings,
    guest: &GuestAccess,
    people: &People,
    selfies: usize,
) -> Result<(Results, Known), ApiError> {
    let app = &settings.app;
    // Read first, so that what arrives during the search is news afterwards.
    let progress = app.store.read(|c| browse::progress(c, guest.event.id))?;
    let marks = app.store.read(|c| marks::find(c, guest.token_hash))?;
    let (matches, each) = match people.tapped() {
        Some(face) => find_by_face(app, guest.event.id, face)?,
        None => find_by_selfies(app, guest.event.id, people, &marks)?,
    };
    let removed = removed(people, &marks);
    let mut results = Results {
        sequence: Cursor(progress).text(),
        photos: progress.visible,
        sure: Vec::new(),
        maybe: Vec::new(),
        removed: removed.map_or(0, HashSet::len),
        selfies,
        tapped: people.tapped().is_some(),
        people: people.count(),
        mode: (people.count() > 1).then_some(people.mode()),
    };
    for Match { photo, face, similarity, certainty, reason } in &matches {
        if removed.is_some_and(|removed| removed.contains(&photo.id)) {
            continue;
        }
        let view = MatchView::new(photo, *face, (*similarity, *reason), &marks);
        match certainty {
            Certainty::Sure => results.sure.push(view),
            Certainty::Maybe => results.maybe.push(view),
        }
    }
    Ok((results, Known::new(each, &matches)))
}

fn find_by_selfies(
    app: &App,
    event_id: EventId,
    people: &People,
    marks: &Marks,
) -> Result<(Vec<Match>, Vec<Person>), ApiError> {
    // "Not me" does not say which of several people is not in the photo.
    let denied = if people.count() > 1 { &HashSet::new() } else { &marks.not_me };
    let (mut each, mut of_each) = (Vec::new(), Vec::new());
    for selfies in people.each() {
        let query = Query { event_id, selfies, denied, with_hidden: false };
        let Found { matches, person } = app.store.read(|db| app.search.find_photos(db, query))?;
        each.push(person);
        of_each.push(matches);
    }
    Ok((people::combine(people.mode(), of_each), each))
}

/// First the photo with the face itself.
fn find_by_face(app: &App, event: EventId, face: FaceId) -> Result<(Vec<Match>, Vec<Person>), ApiError> {
    let found = app.store.read(|db| {
        let face = faces::find_visible(db, event, face)?;
        face.map(|face| app.search.find_visible_person(db, event, &face)).transpose()
    });
    let Found { matches, person } = found?.ok_or(ErrorCode::FaceNotFound)?;
    Ok((matches, vec![person]))
}

/// The photos that are left out because the guest removed them: only what the guest said about photos of themselves.
fn removed<'a>(people: &People, marks: &'a Marks) -> Option<&'a HashSet<PhotoId>> {
    people.tapped().is_none().then_some(&marks.removed)
}

/// News for a guest.
#[derive(Serialize)]
pub(crate) struct News {
    sequence: String,
    photos: u64,
    /// Whether the guest still has an active face.
    pub(crate) searching: bool,
    sure: Vec<MatchView>,
    maybe: Vec<MatchView>,
    /// Whether earlier photos have changed.
    pub(crate) refresh: bool,
}

impl News {
    /// Those of the new photos that have the face; without a face none, and `searching` is false.
    pub(crate) fn new<'a>(
        settings: &Settings,
        progress: Progress,
        arrived: impl IntoIterator<Item = &'a ArrivedPhoto>,
        (face, marks): (Option<&ActiveFace>, &Marks),
        refresh: bool,
    ) -> Self {
        let (mut sure, mut maybe) = (Vec::new(), Vec::new());
        for new in arrived {
            let Some(face) = face else { continue };
            if removed(&face.people, marks).is_some_and(|removed| removed.contains(&new.photo.id)) {
                continue;
            }
            let found = face.find_in(settings.app.search.rule(), new);
            let Some((bounds, Verdict { certainty, reason, similarity })) = found else { continue };
            let view = MatchView::new(&new.photo, bounds, (similarity, reason), marks);
            match certainty {
                Certainty::Sure => sure.push(view),
                Certainty::Maybe => maybe.push(view),
            }
        }
        let (sequence, photos) = (Cursor(progress).text(), progress.visible);
        Self { sequence, photos, searching: face.is_some(), sure, maybe, refresh }
    }

    pub(crate) fn cursor(&self) -> &str {
        &self.sequence
    }
}
