//! An event's logo, which is put on what others than its owner see and keep.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Corner, Watermark};
use crate::imaging::Stamp;
use crate::store::watermarks;
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::{Issues, ValidQuery, Validate, too_large_or_cut};
use crate::web::pictures::media::Picture;
use crate::web::rule::OpenEvent;

/// Where the logo stands, and how strong it is.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// In which corner of the pictures.
    #[serde(default)]
    #[param(inline)]
    corner: CornerName,
    /// From 0, not seen, to 1.
    #[serde(default = "usual_opacity")]
    #[param(minimum = 0, maximum = 1, default = 0.6)]
    opacity: f32,
}

fn usual_opacity() -> f32 {
    0.6
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CornerName {
    TopLeft,
    TopRight,
    BottomLeft,
    #[default]
    BottomRight,
}

impl From<CornerName> for Corner {
    fn from(name: CornerName) -> Self {
        match name {
            CornerName::TopLeft => Self::TopLeft,
            CornerName::TopRight => Self::TopRight,
            CornerName::BottomLeft => Self::BottomLeft,
            CornerName::BottomRight => Self::BottomRight,
        }
    }
}

impl Validate for PlaceQuery {
    fn check(&self, issues: &mut Issues) {
        let fits = (0.0..=1.0).contains(&self.opacity);
        issues.expect(fits, "opacity", "range", "expected a number from 0 to 1");
    }
}

/// Puts a logo on what others than the owner see and keep of the event's photos, in place of the one before. The photos
/// themselves are never changed. The logo is a PNG file of at most 2 MiB and 4096 pixels, mostly a transparent one.
#[utoipa::path(put, path = "/events/{event_id}/watermark", tag = "events",
    params(("event_id" = i64, Path), PlaceQuery),
    request_body(content = Picture, content_type = "image/png"), responses((status = 204)))]
pub(crate) async fn put(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    ValidQuery(place): ValidQuery<PlaceQuery>,
    logo: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    let logo = logo.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::WatermarkUnreadable.into(),
        _ => too_large_or_cut(&rejection),
    })?;
    let watermark =
        Watermark { logo: logo.to_vec(), corner: place.corner.into(), opacity: place.opacity, version: 0 };
    let permit = state.0.renders.acquire().await?;
    let (store, now) = (state.store(), state.now());
    blocking(move || {
        // What cannot be put on pictures is not kept.
        Stamp::new(&watermark).map_err(|_| ErrorCode::WatermarkUnreadable)?;
        drop(permit);
        Ok(store.write(move |tx| watermarks::put(tx, event.id, &watermark, now))?)
    })
    .await?;
    state.0.stamps.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// The logo as it was given.
#[utoipa::path(get, path = "/events/{event_id}/watermark", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 200, content_type = "image/png", body = Picture)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Response, ApiError> {
    let store = state.store();
    let found = blocking(move || Ok(store.read(|c| watermarks::find(c, event.id))?)).await?;
    let logo = found.ok_or(ErrorCode::WatermarkMissing)?.logo;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("image/png"))], logo).into_response())
}

/// Takes the logo away.
#[utoipa::path(delete, path = "/events/{event_id}/watermark", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<StatusCode, ApiError> {
    let store = state.store();
    let deleted = blocking(move || Ok(store.write(move |tx| watermarks::delete(tx, event.id))?)).await?;
    state.0.stamps.forget();
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorCode::WatermarkMissing.into()) }
}
