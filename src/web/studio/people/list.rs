//! The strip of people: those the owner knows, and the groups of all other faces.

use std::collections::HashSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::faces::{Owners, PhotoOfPerson, face_url, owners, photos_of_person, read_people};
use crate::app::App;
use crate::domain::{Event, EventId, FaceId, PersonId, Timestamp};
use crate::search::{Certainty, Groups, Known, Match};
use crate::store::people::{self, Person, Said};
use crate::store::{Reader, StoreError};
use crate::web::access::find::expect_faces;
use crate::web::api::views::Views;
use crate::web::http::validate::{Issues, Valid, Validate, number_in_path};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// Most groups in a list, the largest ones.
const MOST_GROUPS: usize = 300;
/// A group with fewer photos is not listed: most faces seen once are passers-by.
const LEAST_PHOTOS: usize = 2;

/// Someone in an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Null for a group that the owner has neither named nor corrected.
    #[schema(required = true)]
    id: Option<i64>,
    #[schema(required = true)]
    name: Option<String>,
    /// The largest of their faces; null while no photo shows them.
    #[schema(required = true)]
    face: Option<i64>,
    /// That face as a square JPEG.
    #[schema(required = true)]
    face_url: Option<String>,
    /// How many photos surely show them.
    photos: u64,
    /// When the last of these was taken, if the person has a name.
    #[schema(required = true, format = DateTime)]
    last_at: Option<String>,
    /// Whether a portrait says whom to look for.
    has_portrait: bool,
    /// Whether another model pack has recognised the portrait: it no longer finds photos, and must be given again.
    portrait_outdated: bool,
}

/// The people of an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeopleOfEvent {
    /// Whether faces are grouped.
    on: bool,
    /// Faces that are in a group so far.
    grouped: u64,
    /// All faces.
    faces: u64,
    /// First those with an id, in the order they were added, then the groups, the largest ones first.
    people: Vec<PersonView>,
}

/// Lists the people of an event. While `grouped` is less than `faces`, ask again: each request groups some more.
#[utoipa::path(get, path = "/events/{event_id}/people", tag = "people", params(("event_id" = i64, Path)),
    responses((status = 200, body = PeopleOfEvent)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
) -> Result<Json<PeopleOfEvent>, ApiError> {
    let shared = state.0.clone();
    let list = state.0.people_lists.run(move || {
        let app = &shared.settings.app;
        Ok(app.store.read(|db| {
            if !people::is_on(db, event.id)? {
                return Ok(PeopleOfEvent { on: false, grouped: 0, faces: 0, people: Vec::new() });
            }
            let groups = shared.groups.advance(app, db, event.id)?;
            list_people(app, db, &views, &event, &groups)
        })?)
    });
    Ok(Json(list.await?))
}

fn list_people(
    app: &App,
    db: &Reader,
    views: &Views,
    event: &Event,
    groups: &Groups,
) -> Result<PeopleOfEvent, StoreError> {
    let mut claimed: HashSet<FaceId> = HashSet::new();
    let people = read_people(db, event.id)?;
    let (mut list, owners) = (Vec::new(), owners(&people));
    for (person, said) in people {
        let mut found = find_photos(app, db, event.id, (&person, &said), &owners)?;
        found.retain(|(_, found)| found.certainty == Certainty::Sure);
        claimed.extend(found.iter().map(|(face, _)| *face));
        let largest = found.iter().max_by(|(_, a), (_, b)| a.face.area().total_cmp(&b.face.area()));
        let last_at: Option<Timestamp> = found.iter().map(|(_, found)| found.photo.moment).max();
        list.push(PersonView {
            last_at: last_at.map(|moment| moment.to_string()),
            has_portrait: person.portrait.is_some(),
            portrait_outdated: person.pack_id.is_some_and(|pack| pack != app.pack_id),
            name: person.name,
            ..view(views, event, Some(person.id), largest.map(|(face, _)| *face), found.len())
        });
    }
    let mut others: Vec<(usize, FaceId)> = groups
        .iter()
        .filter_map(|group| {
            let mut free = group.iter().map(|(face, _)| *face).filter(|face| !claimed.contains(face));
            let first = free.next()?;
            let photos = 1 + free.count();
            (photos >= LEAST_PHOTOS).then_some((photos, first))
        })
        .collect();
    others.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    others.truncate(MOST_GROUPS);
    list.extend(others.into_iter().map(|(photos, face)| view(views, event, None, Some(face), photos)));
    let (grouped, faces) = groups.progress();
    let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(PeopleOfEvent { on: true, grouped: number(grouped), faces: number(faces), people: list })
}

fn view(
    views: &Views,
    event: &Event,
    id: Option<PersonId>,
    face: Option<FaceId>,
    photos: usize,
) -> PersonView {
    PersonView {
        id: id.map(PersonId::as_i64),
        name: None,
        face: face.map(FaceId::as_i64),
        face_url: face.map(|face| face_url(views, event, face)),
        photos: u64::try_from(photos).unwrap_or(u64::MAX),
        last_at: None,
        has_portrait: false,
        portrait_outdated: false,
    }
}

/// All photos of a person whom the owner knows.
fn find_photos(
    app: &App,
    db: &Reader,
    event_id: EventId,
    (person, said): (&Person, &Said),
    owners: &Owners,
) -> Result<Vec<(FaceId, Match)>, StoreError> {
    let portrait = person.pack_id.zip(person.portrait.as_ref());
    let others = owners.iter().filter(|(_, owner)| **owner != person.id);
    let taken = &others.map(|(face, _)| *face).collect();
    let known = Known { faces: &said.theirs, portrait, strangers: &said.not_theirs, taken };
    app.search.find_known(db, event_id, known)
}

/// Lists the photos of a person, hidden ones too: first those that the owner confirmed, then the sure ones, then those
/// that may be.
#[utoipa::path(get, path = "/events/{event_id}/people/{person_id}/images", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)),
    responses((status = 200, body = [PhotoOfPerson])))]
pub(crate) async fn list_images(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
    Path((_, person_id)): Path<(String, String)>,
) -> Result<Json<Vec<PhotoOfPerson>>, ApiError> {
    let (app, event_id) = (state.0.settings.app.clone(), event.id);
    let id: PersonId = number_in_path(&person_id, "person_id")?.ok_or(ErrorCode::PersonNotFound)?;
    let found = state.read(move |db| {
        let people = read_people(db, event_id)?;
        let Some((person, said)) = people.iter().find(|(person, _)| person.id == id) else { return Ok(None) };
        let owners = owners(&people);
        Ok(Some((find_photos(&app, db, event_id, (person, said), &owners)?, owners)))
    });
    let (found, owners) = found.await?.ok_or(ErrorCode::PersonNotFound)?;
    Ok(Json(photos_of_person(&views, &event, found, &owners)))
}

/// Whether faces are grouped.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PeopleSwitch {
    on: bool,
}

impl Validate for PeopleSwitch {
    fn check(&self, _: &mut Issues) {}
}

/// Turns grouping of the event's faces on or off. Off deletes names, portraits and corrections.
#[utoipa::path(put, path = "/events/{event_id}/people", tag = "people", params(("event_id" = i64, Path)),
    request_body = PeopleSwitch, responses((status = 204)))]
pub(crate) async fn turn(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(PeopleSwitch { on }): Valid<PeopleSwitch>,
) -> Result<StatusCode, ApiError> {
    if on {
        expect_faces(&event)?;
    }
    state.write(move |db| people::turn(db, event.id, on)).await?;
    if !on {
        state.0.groups.drop_event(event.id);
    }
    Ok(StatusCode::NO_CONTENT)
}
