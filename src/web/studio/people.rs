//! People of an event, as far as faces tell them apart: the faces of a photo, and all photos of one of them. For the
//! owner alone.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::{EventId, FaceId, Photo, PhotoId};
use crate::search::{Match, Query, find_photos};
use crate::store::faces::{self, StoredFace};
use crate::store::{StoreError, photos};
use crate::web::AppState;
use crate::web::access::caller::BaseUrl;
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{Addresses, MatchedImage};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::number_in_path;
use crate::web::rule::OpenEvent;

/// A face of a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaceOfPhoto {
    id: i64,
    /// Left edge, as a part of the photo's width.
    x: f32,
    /// Upper edge, as a part of its height.
    y: f32,
    w: f32,
    h: f32,
    /// How many photos of the event this person is in, this one among them.
    photos: u64,
}

/// The faces of a photo, from left to right.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacesOfPhoto {
    faces: Vec<FaceOfPhoto>,
}

/// The faces in a photo of an event of the caller's; none while it waits to be indexed.
#[utoipa::path(get, path = "/events/{event_id}/images/{image_id}/faces", tag = "photos",
    params(("event_id" = i64, Path), ("image_id" = i64, Path)), responses((status = 200, body = FacesOfPhoto)))]
pub(crate) async fn list_faces(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, photo_id)): Path<(String, String)>,
) -> Result<Json<FacesOfPhoto>, ApiError> {
    let id: PhotoId = number_in_path(&photo_id, "image_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let app = state.0.settings.app.clone();
    let faces = blocking(move || {
        let photo = app.store.read(|c| photos::find(c, id))?.filter(|photo| photo.event_id == event.id);
        let photo = photo.ok_or(ErrorCode::PhotoNotFound)?;
        let found = app.store.read(|c| faces::list_in_photo(c, id))?;
        let counted = found.iter().map(|face| {
            let of_person = list_person(&app, event.id, face)?;
            Ok(in_photo(&photo, face, of_person.len()))
        });
        Ok(counted.collect::<Result<Vec<_>, StoreError>>()?)
    });
    Ok(Json(FacesOfPhoto { faces: faces.await? }))
}

fn in_photo(photo: &Photo, face: &StoredFace, photos: usize) -> FaceOfPhoto {
    // Faces are found when the size is.
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

/// The photos in which somebody has this face, hidden ones too, most similar first.
fn list_person(app: &App, event_id: EventId, face: &StoredFace) -> Result<Vec<Match>, StoreError> {
    let query = Query {
        event_id,
        pack_id: face.pack_id,
        embedding: &face.embedding,
        thresholds: app.thresholds.only_sure(),
        with_hidden: true,
    };
    find_photos(&app.store, query)
}

/// The photos of an event of the caller's that the person with this face is in, hidden ones too, most similar first.
#[utoipa::path(get, path = "/events/{event_id}/faces/{face_id}/images", tag = "photos",
    params(("event_id" = i64, Path), ("face_id" = i64, Path)), responses((status = 200, body = [MatchedImage])))]
pub(crate) async fn list_images(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    BaseUrl(base): BaseUrl,
    Path((_, face_id)): Path<(String, String)>,
) -> Result<Json<Vec<MatchedImage>>, ApiError> {
    let id: FaceId = number_in_path(&face_id, "face_id")?.ok_or(ErrorCode::FaceNotFound)?;
    let (app, event_id) = (state.0.settings.app.clone(), event.id);
    let found = blocking(move || {
        let face = app.store.read(|c| faces::find(c, event_id, id))?.ok_or(ErrorCode::FaceNotFound)?;
        Ok(list_person(&app, event_id, &face)?)
    });
    let found = found.await?;
    let addresses = Addresses { state, base };
    let images = found.into_iter().map(|Match { photo, face, similarity, .. }| MatchedImage {
        image: addresses.image(photo, &event, Viewer::Owner),
        face: face.into(),
        similarity,
    });
    Ok(Json(images.collect()))
}
