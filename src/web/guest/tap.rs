//! Searching with a face in a photo, where the owner allows it. Nothing is sent about faces but where they are: a face
//! is named by its place among those of its photo, from the left.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::{PhotoId, PixelSize};
use crate::store::faces::{self, StoredFace};
use crate::store::photos;
use crate::web::access::caller::Origin;
use crate::web::access::find::expect_faces;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::visibility::GuestView;
use crate::web::guest::active_faces::ActiveFace;
use crate::web::guest::people::People;
use crate::web::guest::selfie::{admit, count};
use crate::web::guest::views::{RelativeBox, Results, find_results};
use crate::web::{ApiError, AppState, ErrorCode};

#[derive(Serialize)]
pub(crate) struct Faces {
    faces: Vec<RelativeBox>,
}

/// The faces in a photo that the guest may see.
pub(crate) async fn list(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, photo)): Path<(String, String)>,
) -> Result<Json<Faces>, ApiError> {
    expect_allowed(&guest)?;
    let (size, found) = find_faces(&state, &guest, &photo).await?;
    Ok(Json(Faces { faces: found.iter().map(|face| RelativeBox::new(face.bounds, size)).collect() }))
}

fn expect_allowed(guest: &GuestAccess) -> Result<(), ApiError> {
    expect_faces(&guest.event)?;
    if !guest.event.tap_search {
        return Err(ErrorCode::TapForbidden.into());
    }
    if guest.consent.to_taps { Ok(()) } else { Err(ErrorCode::ConsentRequired.into()) }
}

/// The faces in a photo that can be searched with, from left to right, and its size.
async fn find_faces(
    state: &AppState,
    guest: &GuestAccess,
    photo: &str,
) -> Result<(PixelSize, Vec<StoredFace>), ApiError> {
    let id: PhotoId = photo.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    let photo = state.read(move |db| photos::find(db, id)).await?.ok_or(ErrorCode::PhotoNotFound)?;
    if !GuestView::of(state, guest).await?.has(&photo) {
        return Err(ErrorCode::PhotoNotFound.into());
    }
    let mut found = state.read(move |db| faces::list_in_photo(db, id)).await?;
    found.retain(|face| face.pack_id == state.0.settings.app.pack_id);
    // A photo with faces has a size: indexing records both.
    Ok((photo.size.unwrap_or(PixelSize { width: 1, height: 1 }), found))
}

/// Share code, photo, place of the face from 0.
type FacePath = Path<(String, String, String)>;

/// The photos of the person with this face. The guest's own face is kept, to return to.
pub(crate) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    Path((_, photo, place)): FacePath,
) -> Result<Json<Results>, ApiError> {
    expect_allowed(&guest)?;
    let started_at = state.now();
    admit(&state, &guest, &client)?;
    let place: usize = place.parse().map_err(|_| ErrorCode::FaceNotFound)?;
    let (_, found) = find_faces(&state, &guest, &photo).await?;
    let face = found.into_iter().nth(place).ok_or(ErrorCode::FaceNotFound)?;
    let people = People::of_face(face.id, face.embedding.into());
    let search = state.clone();
    let results = state.0.lookups.run(move || {
        let (active, now) = (&search.0.active_faces, search.now());
        let selfies = active.count_selfies(&guest, now);
        count(&search, &guest, &client, &people)?;
        let (results, known) = find_results(&search.0.settings, &guest, &people, selfies)?;
        let face = ActiveFace::new(people, known);
        active.put(guest.token_hash, guest.event.id, face, (started_at, now));
        Ok(results)
    });
    Ok(Json(results.await?))
}

/// Returns to the guest's own face, if there is one.
pub(crate) async fn end(State(state): State<AppState>, guest: GuestAccess) -> StatusCode {
    state.0.active_faces.end_tap(guest.token_hash, state.now());
    StatusCode::NO_CONTENT
}
