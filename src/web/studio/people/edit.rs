//! What the owner says about people: names, who is in which photo, and who is the same person.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{EventId, FaceId, PersonId};
use crate::store::faces::{self, StoredFace};
use crate::store::{Reader, StoreError, Writer, people};
use crate::web::api::change::nullable;
use crate::web::http::validate::{Issues, Valid, Validate, invalid, number_in_path};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// Longest name, in characters.
const MAX_NAME: usize = 100;
/// Most people of one event: each is searched for when the list is read.
const MAX_PEOPLE: usize = 300;
/// Most faces in one request.
const MAX_FACES: usize = 3000;

/// An event and a person in a path.
type PersonPath = Path<(String, String)>;

fn check_name(name: Option<&str>, issues: &mut Issues) {
    if let Some(name) = name {
        issues.expect_chars(name, 1, MAX_NAME, "name");
    }
}

fn check_faces(faces: &[i64], least: usize, issues: &mut Issues) {
    let message = format!("expected {least} to {MAX_FACES} ids");
    issues.expect((least..=MAX_FACES).contains(&faces.len()), "faces", "length", &message);
}

/// Someone to name, to look for, or to tell apart.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PersonCreate {
    #[schema(required = false, min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    name: Option<String>,
    /// Faces that are this person's, and from now on nobody else's.
    #[serde(default)]
    #[schema(max_items = 3000)]
    faces: Vec<i64>,
    /// The person that these faces were taken for by mistake.
    #[schema(required = false)]
    instead_of: Option<i64>,
}

impl Validate for PersonCreate {
    fn check(&self, issues: &mut Issues) {
        check_name(self.name.as_deref(), issues);
        check_faces(&self.faces, 0, issues);
        let says_something = self.name.is_some() || !self.faces.is_empty();
        issues.expect(says_something, "name", "missing", "expected a name, or faces");
    }
}

/// A new person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonCreated {
    id: i64,
}

/// Adds a person: with a name and no face, someone to look for; with faces, someone to name or to tell apart.
#[utoipa::path(post, path = "/events/{event_id}/people", tag = "people", params(("event_id" = i64, Path)),
    request_body = PersonCreate, responses((status = 201, body = PersonCreated)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(request): Valid<PersonCreate>,
) -> Result<(StatusCode, Json<PersonCreated>), ApiError> {
    let (event, now) = (event.id, state.now());
    let wanted: Vec<FaceId> = request.faces.iter().copied().filter_map(FaceId::from_i64).collect();
    let created = change(&state, event, move |db| {
        if people::count(db, event)? >= MAX_PEOPLE {
            return Ok(Err(ErrorCode::PeopleFull));
        }
        let mistaken_for = match request.instead_of {
            None => None,
            Some(id) => match find(db, event, PersonId::from_i64(id))? {
                None => return Ok(Err(ErrorCode::PersonNotFound)),
                found => found,
            },
        };
        let faces = read_faces(db, event, &wanted)?;
        if faces.is_empty() && !request.faces.is_empty() {
            return Ok(Err(ErrorCode::FaceNotFound));
        }
        let id = people::create(db, event, request.name.as_deref().map(str::trim), now)?;
        if let Some(other) = mistaken_for {
            say(db, other, &faces, false)?;
        }
        say(db, id, &faces, true)?;
        Ok(Ok(id))
    });
    Ok((StatusCode::CREATED, Json(PersonCreated { id: created.await?.as_i64() })))
}

/// A person's name.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PersonUpdate {
    /// Null takes the name away.
    #[schema(required = true, min_length = 1, max_length = 100, pattern = r"[^\s\x85]")]
    #[serde(deserialize_with = "nullable")]
    name: Option<String>,
}

impl Validate for PersonUpdate {
    fn check(&self, issues: &mut Issues) {
        check_name(self.name.as_deref(), issues);
    }
}

/// Gives a person another name.
#[utoipa::path(put, path = "/events/{event_id}/people/{person_id}", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)), request_body = PersonUpdate,
    responses((status = 204)))]
pub(crate) async fn rename(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): PersonPath,
    Valid(PersonUpdate { name }): Valid<PersonUpdate>,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "person_id")?;
    of_person(&state, event.id, id, move |db, id| {
        people::rename(db, id, name.as_deref().map(str::trim)).map(Ok)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a person's name, portrait and corrections. Photos and faces stay, and are grouped as before.
#[utoipa::path(delete, path = "/events/{event_id}/people/{person_id}", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): PersonPath,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "person_id")?;
    of_person(&state, event.id, id, move |db, id| people::delete(db, id).map(Ok)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose faces these are, or are not.
#[derive(Deserialize, ToSchema)]
pub(crate) struct FacesOfPerson {
    #[schema(min_items = 1, max_items = 3000)]
    faces: Vec<i64>,
    /// Whether they are this person's.
    is_person: bool,
}

impl Validate for FacesOfPerson {
    fn check(&self, issues: &mut Issues) {
        check_faces(&self.faces, 1, issues);
    }
}

/// Says of faces that they are a person's, or are not. It stays so when photos arrive or the event is indexed again.
#[utoipa::path(post, path = "/events/{event_id}/people/{person_id}/faces", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)), request_body = FacesOfPerson,
    responses((status = 204)))]
pub(crate) async fn correct(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): PersonPath,
    Valid(FacesOfPerson { faces, is_person }): Valid<FacesOfPerson>,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "person_id")?;
    let wanted: Vec<FaceId> = faces.into_iter().filter_map(FaceId::from_i64).collect();
    of_person(&state, event.id, id, move |db, id| {
        let faces = read_faces(db, event.id, &wanted)?;
        if faces.is_empty() {
            return Ok(Err(ErrorCode::FaceNotFound));
        }
        say(db, id, &faces, is_person).map(Ok)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is the same person.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PersonMerge {
    /// Becomes part of the person in the URL.
    other: i64,
}

impl Validate for PersonMerge {
    fn check(&self, _: &mut Issues) {}
}

/// Makes two people one.
#[utoipa::path(post, path = "/events/{event_id}/people/{person_id}/merge", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)), request_body = PersonMerge,
    responses((status = 204)))]
pub(crate) async fn merge(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): PersonPath,
    Valid(PersonMerge { other }): Valid<PersonMerge>,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "person_id")?;
    let other = PersonId::from_i64(other);
    if id == other {
        return Err(invalid("body", "other", "value", "expected another person"));
    }
    of_person(&state, event.id, id, move |db, id| match find(db, event.id, other)? {
        Some(other) => people::merge(db, id, other).map(Ok),
        None => Ok(Err(ErrorCode::PersonNotFound)),
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the people of an event, if its faces are grouped. Nothing is written if the database fails; refuse before
/// writing.
async fn change<T: Send + 'static>(
    state: &AppState,
    event: EventId,
    work: impl Fn(&Writer) -> Result<Result<T, ErrorCode>, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let change = move |db: &Writer| {
        if people::is_on(db, event)? { work(db) } else { Ok(Err(ErrorCode::PeopleOff)) }
    };
    Ok(state.write(change).await??)
}

/// The same for one of them.
pub(super) async fn of_person<T: Send + 'static>(
    state: &AppState,
    event: EventId,
    id: Option<PersonId>,
    work: impl Fn(&Writer, PersonId) -> Result<Result<T, ErrorCode>, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let of_person = move |db: &Writer| match find(db, event, id)? {
        Some(id) => work(db, id),
        None => Ok(Err(ErrorCode::PersonNotFound)),
    };
    change(state, event, of_person).await
}

/// The person, if it is one of the event.
fn find(db: &Reader, event: EventId, id: Option<PersonId>) -> Result<Option<PersonId>, StoreError> {
    let person = id.map_or(Ok(None), |id| people::find(db, event, id))?;
    Ok(person.map(|person| person.id))
}

/// These faces, as far as they are of the event.
fn read_faces(db: &Reader, event: EventId, ids: &[FaceId]) -> Result<Vec<StoredFace>, StoreError> {
    let found = ids.iter().filter_map(|id| faces::find(db, event, *id).transpose());
    found.collect()
}

fn say(db: &Writer, id: PersonId, faces: &[StoredFace], is_person: bool) -> Result<(), StoreError> {
    faces.iter().try_for_each(|face| people::say(db, id, face.photo_id, face.bounds, is_person))
}
