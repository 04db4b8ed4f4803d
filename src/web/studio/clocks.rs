//! The cameras of an event and their clocks: what each is off, set by hand, by two photos of one moment, or by a photo
//! of the time code.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::{Camera, CameraBody, ClockOffset, Event, EventId, Photo, PhotoId, TimeCode};
use crate::imaging::{self, CodeInPicture, PREVIEW_LONG_SIDE, QUICK_LONG_SIDE};
use crate::share;
use crate::store::camera_clocks::{self, CameraOfEvent, Measured, NotMeasured};
use crate::store::{BlobKey, Reader, StoreError, photos};
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate, number_in_path};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// A camera, as requests name it.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct CameraName {
    /// Maker and model.
    pub(super) camera: String,
    /// Which of the cameras of this model: a short hash of its serial number, a hyphen, and its last four characters;
    /// null where its photos do not say it.
    #[schema(required = true)]
    pub(super) body: Option<String>,
}

/// A camera whose clock gave photos of the event their time.
#[derive(Serialize, ToSchema)]
pub(crate) struct CameraClock {
    #[serde(flatten)]
    name: CameraName,
    /// The last characters of its serial number.
    #[schema(required = true)]
    serial_end: Option<String>,
    /// What is added to its clock, in milliseconds.
    offset_ms: i64,
    /// How many photos it took.
    photos: u64,
    /// When it took the first one, corrected, by the clocks at the event: `2026-11-23T18:04:09`.
    first: String,
    /// When it took the last one.
    last: String,
}

/// The cameras of an event, most photos first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CameraClocks {
    cameras: Vec<CameraClock>,
}

impl CameraName {
    pub(super) fn parse(self) -> Camera {
        Camera { name: self.camera, body: self.body.map(CameraBody::from_stored) }
    }
}

impl From<Camera> for CameraName {
    fn from(Camera { name, body }: Camera) -> Self {
        Self { camera: name, body: body.map(|body| body.as_str().to_owned()) }
    }
}

impl From<CameraOfEvent> for CameraClock {
    fn from(of_event: CameraOfEvent) -> Self {
        let CameraOfEvent { camera, offset, photos, first, last } = of_event;
        Self {
            serial_end: camera.body.as_ref().map(|body| body.serial_end().to_owned()),
            name: camera.into(),
            offset_ms: offset.ms(),
            photos,
            first: first.to_local_time(),
            last: last.to_local_time(),
        }
    }
}

/// Lists the cameras whose clocks gave photos of the event their time.
#[utoipa::path(get, path = "/events/{event_id}/cameras", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, body = CameraClocks)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<CameraClocks>, ApiError> {
    state.read(move |db| clocks(db, event.id)).await.map(Json)
}

fn clocks(db: &Reader, event: EventId) -> Result<CameraClocks, StoreError> {
    let cameras = camera_clocks::list(db, event)?;
    Ok(CameraClocks { cameras: cameras.into_iter().map(Into::into).collect() })
}

/// How far a camera's clock is off.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ClockChange {
    #[serde(flatten)]
    name: CameraName,
    /// What to add to its clock, in milliseconds: up to a hundred years.
    #[schema(minimum = -3_162_240_000_000_i64, maximum = 3_162_240_000_000_i64)]
    offset_ms: i64,
}

impl Validate for ClockChange {
    fn check(&self, issues: &mut Issues) {
        let fits = ClockOffset::from_ms(self.offset_ms).is_some();
        issues.expect(fits, "offset_ms", "range", "expected at most a hundred years");
    }
}

/// Sets what is added to a camera's clock, and sorts the event's photos again.
#[utoipa::path(put, path = "/events/{event_id}/cameras", tag = "studio", params(("event_id" = i64, Path)),
    request_body = ClockChange, responses((status = 200, body = CameraClocks)))]
pub(crate) async fn set(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(ClockChange { name, offset_ms }): Valid<ClockChange>,
) -> Result<Json<CameraClocks>, ApiError> {
    let camera = name.parse();
    let set = state.write(move |db| {
        let known = camera_clocks::list(db, event.id)?;
        if known.iter().all(|known| known.camera != camera) {
            return Ok(Err(ErrorCode::CameraNotFound));
        }
        camera_clocks::set(db, &event, &camera, ClockOffset::from_ms(offset_ms).unwrap_or_default())?;
        clocks(db, event.id).map(Ok)
    });
    Ok(Json(set.await??))
}

/// Two photos of one moment.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SameMoment {
    /// Its camera's clock is corrected.
    photo: i64,
    /// A photo by another camera, or by none that is known, whose time is right.
    reference: i64,
}

impl Validate for SameMoment {
    fn check(&self, _: &mut Issues) {}
}

/// Corrects a camera's clock so that two photos show the same moment, and sorts the event's photos again.
#[utoipa::path(post, path = "/events/{event_id}/cameras/same-moment", tag = "studio",
    params(("event_id" = i64, Path)), request_body = SameMoment, responses((status = 200, body = CameraClocks)))]
pub(crate) async fn match_moments(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(SameMoment { photo, reference }): Valid<SameMoment>,
) -> Result<Json<CameraClocks>, ApiError> {
    let matched = state.write(move |db| {
        let of = |id| find(db, event.id, PhotoId::from_i64(id));
        let (Some(photo), Some(reference)) = (of(photo)?, of(reference)?) else {
            return Ok(Err(ErrorCode::PhotoNotFound));
        };
        let measured = camera_clocks::match_moments(db, &event, &photo, &reference)?;
        changed(db, &event, &measured)
    });
    Ok(Json(matched.await??))
}

/// Corrects a camera's clock by the time code that a photo shows, hides the photo, and sorts the event's photos again.
#[utoipa::path(post, path = "/events/{event_id}/images/{image_id}/time-code", tag = "studio",
    params(("event_id" = i64, Path), ("image_id" = i64, Path)), responses((status = 200, body = CameraClocks)))]
pub(crate) async fn measure(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, photo_id)): Path<(String, String)>,
) -> Result<Json<CameraClocks>, ApiError> {
    let id: PhotoId = number_in_path(&photo_id, "image_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let event_id = event.id;
    let photo = state.read(move |db| find(db, event_id, Some(id))).await?.ok_or(ErrorCode::PhotoNotFound)?;
    let app = state.0.settings.app.clone();
    let code = state.0.renders.run(move || find_code(&app, &photo)).await?;
    let measured = state.write(move |db| {
        let Some(photo) = find(db, event.id, Some(id))? else { return Ok(Err(ErrorCode::PhotoNotFound)) };
        let measured = camera_clocks::measure(db, &event, &photo, code)?;
        changed(db, &event, &measured)
    });
    Ok(Json(measured.await??))
}

/// In the preview, reduced first: that is faster, and finds large codes more surely. The original would help with codes
/// of less than a fortieth of the picture, and takes far longer.
fn find_code(app: &App, photo: &Photo) -> Result<TimeCode, ApiError> {
    let preview =
        app.store.blobs().open(&BlobKey::Preview(photo.file_id))?.ok_or(ErrorCode::PhotoNotFound)?;
    let decoded = imaging::decode(preview, app.limits).map_err(|_| ErrorCode::TimeCodeMissing)?;
    let mut refusal = ErrorCode::TimeCodeMissing;
    for long_side in [QUICK_LONG_SIDE, PREVIEW_LONG_SIDE] {
        match imaging::read_time_code(&decoded.pixels, long_side) {
            CodeInPicture::Time(code) => return Ok(code),
            CodeInPicture::Other => refusal = ErrorCode::TimeCodeOther,
            CodeInPicture::None => {}
        }
    }
    Err(refusal.into())
}

/// A photo of this event that is indexed: what its camera says is not known before.
fn find(db: &Reader, event: EventId, id: Option<PhotoId>) -> Result<Option<Photo>, StoreError> {
    let photo = id.map_or(Ok(None), |id| photos::find(db, id))?;
    Ok(photo.filter(|photo| photo.event_id == event && photo.size.is_some()))
}

/// The clocks after a measurement.
fn changed(
    db: &Reader,
    event: &Event,
    measured: &Measured,
) -> Result<Result<CameraClocks, ErrorCode>, StoreError> {
    match measured {
        Ok(_) => clocks(db, event.id).map(Ok),
        Err(NotMeasured::NoClock) => Ok(Err(ErrorCode::CameraUnknown)),
        Err(NotMeasured::SameCamera) => Ok(Err(ErrorCode::CameraSame)),
        Err(NotMeasured::TooFar) => Ok(Err(ErrorCode::CameraTooFar)),
    }
}

/// Draws the present time as a QR code, to be photographed with each camera. For a day afterwards, photos of it are
/// recognised as they arrive.
#[utoipa::path(post, path = "/events/{event_id}/time-code", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, content_type = "image/svg+xml", body = String)))]
pub(crate) async fn draw_code(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<impl IntoResponse, ApiError> {
    let (store, now) = (state.store(), state.now());
    blocking(move || {
        if store.read(|db| camera_clocks::is_shown_anew(db, event.id, now))? {
            store.write(move |db| camera_clocks::record_shown(db, event.id, now))?;
        }
        Ok(())
    })
    .await?;
    // After waiting for the disk, the time is another.
    let picture = share::svg_qr(&TimeCode(state.now()).to_string()).ok_or(ErrorCode::Internal)?;
    Ok(([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")], picture))
}
