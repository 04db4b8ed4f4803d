//! An event's logo, which is put on pictures for everyone but the owner.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::Watermark;
use crate::imaging::Stamp;
use crate::store::watermarks;
use crate::web::api::guest_options::CornerName;
use crate::web::http::validate::{Issues, ValidQuery, Validate, too_large_or_cut};
use crate::web::pictures::media::Picture;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// Corner and opacity of the logo.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WatermarkQuery {
    /// The corner of the pictures.
    #[serde(default = "default_corner")]
    #[param(inline)]
    corner: CornerName,
    /// From 0 (invisible) to 1 (opaque).
    #[serde(default = "default_opacity")]
    #[param(minimum = 0, maximum = 1, default = 0.6)]
    opacity: f32,
}

fn default_opacity() -> f32 {
    0.6
}

fn default_corner() -> CornerName {
    CornerName::BottomRight
}

impl Validate for WatermarkQuery {
    fn check(&self, issues: &mut Issues) {
        let fits = (0.0..=1.0).contains(&self.opacity);
        issues.expect(fits, "opacity", "range", "expected a number from 0 to 1");
    }
}

/// Sets the logo that is put on the event's pictures for everyone but the owner, in place of any earlier one. Photos as
/// stored never change. The logo is a PNG file of at most 2 MiB and 4096 pixels, usually a transparent one.
#[utoipa::path(put, path = "/events/{event_id}/watermark", tag = "events",
    params(("event_id" = i64, Path), WatermarkQuery),
    request_body(content = Picture, content_type = "image/png"), responses((status = 204)))]
pub(crate) async fn put(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    ValidQuery(query): ValidQuery<WatermarkQuery>,
    logo: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    let logo = logo.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::WatermarkUnreadable.into(),
        _ => too_large_or_cut(&rejection),
    })?;
    let watermark =
        Watermark { logo: logo.to_vec(), corner: query.corner.into(), opacity: query.opacity, version: 0 };
    let (store, now) = (state.store(), state.now());
    let put = state.0.renders.run(move || {
        Stamp::new(&watermark).map_err(|_| ErrorCode::WatermarkUnreadable)?;
        Ok(store.write(move |db| watermarks::put(db, event.id, &watermark, now))?)
    });
    put.await?;
    state.0.stamps.forget();
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the logo as it was uploaded.
#[utoipa::path(get, path = "/events/{event_id}/watermark", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 200, content_type = "image/png", body = Picture)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Response, ApiError> {
    let found = state.read(move |db| watermarks::find(db, event.id)).await?;
    let logo = found.ok_or(ErrorCode::WatermarkMissing)?.logo;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("image/png"))], logo).into_response())
}

/// Removes the logo.
#[utoipa::path(delete, path = "/events/{event_id}/watermark", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<StatusCode, ApiError> {
    let deleted = state.write(move |db| watermarks::delete(db, event.id)).await?;
    state.0.stamps.forget();
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorCode::WatermarkMissing.into()) }
}
