//! The faces in a photo, and all photos of one person.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Event, EventId, FaceId, PersonId, Photo, PhotoId};
use crate::search::{Certainty, Match};
use crate::store::faces::{self, StoredFace};
use crate::store::people::{self, Person, Said};
use crate::store::{Reader, StoreError, photos};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{ImagePublic, Views};
use crate::web::http::validate::number_in_path;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// A face in a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaceOfPhoto {
    id: i64,
    /// Left edge, as a fraction of the photo's width.
    x: f32,
    /// Top edge, as a fraction of the photo's height.
    y: f32,
    w: f32,
    h: f32,
    /// How many photos of the event surely show this person, including this one.
    photos: u64,
}

/// The faces in a photo, from left to right.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacesOfPhoto {
    faces: Vec<FaceOfPhoto>,
}

/// How likely it is the person.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CertaintyName {
    Sure,
    Maybe,
}

/// A photo of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhotoOfPerson {
    #[serde(flatten)]
    image: ImagePublic,
    /// Whether the photo is hidden from guests.
    hidden: bool,
    /// The person's face in it.
    face: i64,
    /// The face alone, as a square JPEG.
    face_url: String,
    #[schema(inline)]
    certainty: CertaintyName,
    /// The person whose face it is, if the owner has said so.
    #[schema(required = true)]
    person: Option<i64>,
}

/// The people of an event, each with what is said about faces.
pub(super) fn read_people(db: &Reader, event: EventId) -> Result<Vec<(Person, Said)>, StoreError> {
    let said = |person: Person| Ok((person.clone(), people::said(db, person.id)?));
    people::list(db, event)?.into_iter().map(said).collect()
}

/// Whose the faces are of which the owner has said so.
pub(super) type Owners = HashMap<FaceId, PersonId>;

pub(super) fn owners(people: &[(Person, Said)]) -> Owners {
    let faces = |(person, said): &(Person, Said)| {
        said.theirs.iter().map(|face| (face.id, person.id)).collect::<Vec<_>>()
    };
    people.iter().flat_map(faces).collect()
}

/// A signed URL of a face's picture.
pub(super) fn face_url(views: &Views, event: &Event, face: FaceId) -> String {
    views.media(&format!("/faces/{face}"), &Viewer::Owner.scope(event))
}

pub(super) fn photos_of_person(
    views: &Views,
    event: &Event,
    found: Vec<(FaceId, Match)>,
    owners: &Owners,
) -> Vec<PhotoOfPerson> {
    let photo = |(face, found): (FaceId, Match)| PhotoOfPerson {
        hidden: found.photo.hidden,
        face: face.as_i64(),
        face_url: face_url(views, event, face),
        person: owners.get(&face).map(|person| person.as_i64()),
        certainty: match found.certainty {
            Certainty::Sure => CertaintyName::Sure,
            Certainty::Maybe => CertaintyName::Maybe,
        },
        image: views.image(found.photo, event, Viewer::Owner),
    };
    found.into_iter().map(photo).collect()
}

/// Lists the faces in a photo; none until the photo is indexed.
#[utoipa::path(get, path = "/events/{event_id}/images/{image_id}/faces", tag = "photos",
    params(("event_id" = i64, Path), ("image_id" = i64, Path)), responses((status = 200, body = FacesOfPhoto)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, photo_id)): Path<(String, String)>,
) -> Result<Json<FacesOfPhoto>, ApiError> {
    let id: PhotoId = number_in_path(&photo_id, "image_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let search = state.0.settings.app.search.clone();
    let faces = state.read(move |db| {
        let photo = photos::find(db, id)?.filter(|photo| photo.event_id == event.id);
        let Some(photo) = photo else { return Ok(None) };
        let faces = faces::list_in_photo(db, id)?;
        let counted = faces.iter().map(|face| {
            let found = search.find_person(db, event.id, face)?;
            let sure = found.iter().filter(|(_, found)| found.certainty == Certainty::Sure);
            Ok(in_photo(&photo, face, sure.count()))
        });
        counted.collect::<Result<Vec<_>, StoreError>>().map(Some)
    });
    Ok(Json(FacesOfPhoto { faces: faces.await?.ok_or(ErrorCode::PhotoNotFound)? }))
}

fn in_photo(photo: &Photo, face: &StoredFace, photos: usize) -> FaceOfPhoto {
    // A photo with faces has a size: indexing records both.
    let (width, height) = photo.size.map_or((1.0, 1.0), |size| (size.width as f32, size.height as f32));
    FaceOfPhoto {
        id: face.id.as_i64(),
        x: face.bounds.x / width,
        y: face.bounds.y / height,
        w: face.bounds.w / width,
        h: face.bounds.h / height,
        photos: u64::try_from(photos).unwrap_or(u64::MAX),
    }
}

/// Lists the photos that show the person with this face, hidden ones too: first the face's own, then the sure ones,
/// then those that may be, each the most similar ones first.
#[utoipa::path(get, path = "/events/{event_id}/faces/{face_id}/images", tag = "photos",
    params(("event_id" = i64, Path), ("face_id" = i64, Path)), responses((status = 200, body = [PhotoOfPerson])))]
pub(crate) async fn list_images(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
    Path((_, face_id)): Path<(String, String)>,
) -> Result<Json<Vec<PhotoOfPerson>>, ApiError> {
    let id: FaceId = number_in_path(&face_id, "face_id")?.ok_or(ErrorCode::FaceNotFound)?;
    let (search, event_id) = (state.0.settings.app.search.clone(), event.id);
    let found = state.read(move |db| {
        let Some(face) = faces::find(db, event_id, id)? else { return Ok(None) };
        Ok(Some((search.find_person(db, event_id, &face)?, owners(&read_people(db, event_id)?))))
    });
    let (found, owners) = found.await?.ok_or(ErrorCode::FaceNotFound)?;
    Ok(Json(photos_of_person(&views, &event, found, &owners)))
}
