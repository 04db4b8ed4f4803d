//! The files of a photo whose capture came more than once, and which of them is shown.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{EventId, Photo, PhotoId};
use crate::store::versions::{self, Version};
use crate::store::{Reader, StoreError, photos};
use crate::web::http::validate::{Issues, Valid, Validate, number_in_path};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// A file of a photo.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhotoVersion {
    id: i64,
    file_name: String,
    size_bytes: u64,
    /// Upright pixels; null until they are known.
    #[schema(required = true)]
    width: Option<u32>,
    #[schema(required = true)]
    height: Option<u32>,
    #[schema(format = DateTime)]
    received_at: String,
    /// Whether it is the one that is shown.
    current: bool,
}

/// The files of a photo, the one received last first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhotoVersions {
    items: Vec<PhotoVersion>,
}

/// The version to show.
#[derive(Deserialize, ToSchema)]
pub(crate) struct VersionChoice {
    /// Its id.
    version: i64,
}

impl Validate for VersionChoice {
    fn check(&self, _: &mut Issues) {}
}

impl PhotoVersion {
    fn new(version: Version, current: PhotoId) -> Self {
        let Version { file_id, file_name, size_bytes, size, received_at } = version;
        Self {
            id: file_id.as_i64(),
            file_name,
            size_bytes,
            width: size.map(|size| size.width),
            height: size.map(|size| size.height),
            received_at: received_at.to_string(),
            current: file_id == current,
        }
    }
}

/// Lists the files of a photo: more than one if its capture came again from a hot folder.
#[utoipa::path(get, path = "/events/{event_id}/images/{image_id}/versions", tag = "photos",
    params(("event_id" = i64, Path), ("image_id" = i64, Path)), responses((status = 200, body = PhotoVersions)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, photo_id)): Path<(String, String)>,
) -> Result<Json<PhotoVersions>, ApiError> {
    let id = number_in_path(&photo_id, "image_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let found =
        state.read(move |db| find(db, event.id, id)?.map(|photo| read(db, photo.id)).transpose()).await?;
    found.map(Json).ok_or(ErrorCode::PhotoNotFound.into())
}

/// Shows this version of a photo, and goes on showing it when newer ones come. Its faces are found again in seconds.
#[utoipa::path(put, path = "/events/{event_id}/images/{image_id}/versions", tag = "photos",
    params(("event_id" = i64, Path), ("image_id" = i64, Path)), request_body = VersionChoice,
    responses((status = 200, body = PhotoVersions)))]
pub(crate) async fn choose(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, photo_id)): Path<(String, String)>,
    Valid(VersionChoice { version }): Valid<VersionChoice>,
) -> Result<Json<PhotoVersions>, ApiError> {
    let id = number_in_path(&photo_id, "image_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let (file, pack) = (PhotoId::from_i64(version), state.0.settings.app.pack_id);
    let chosen = state.write(move |db| {
        let Some(photo) = find(db, event.id, id)? else { return Ok(Err(ErrorCode::PhotoNotFound)) };
        let is_there = file.map_or(Ok(false), |file| versions::choose(db, &photo, file, pack))?;
        if is_there { read(db, id).map(Ok) } else { Ok(Err(ErrorCode::VersionNotFound)) }
    });
    Ok(Json(chosen.await??))
}

fn find(db: &Reader, event: EventId, id: PhotoId) -> Result<Option<Photo>, StoreError> {
    Ok(photos::find(db, id)?.filter(|photo| photo.event_id == event))
}

fn read(db: &Reader, id: PhotoId) -> Result<PhotoVersions, StoreError> {
    let current = photos::find(db, id)?.map_or(id, |photo| photo.file_id);
    let items = versions::list(db, id)?.into_iter().map(|version| PhotoVersion::new(version, current));
    Ok(PhotoVersions { items: items.collect() })
}
