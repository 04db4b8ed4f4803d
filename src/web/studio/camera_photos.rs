//! The photos of one camera in the order of their moments, to be laid beside those of another.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::clocks::CameraName;
use crate::domain::Timestamp;
use crate::store::camera_clocks::{self, StripFrom};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{ImagePublic, Views};
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Which camera, and where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StripQuery {
    /// Maker and model.
    camera: String,
    /// As the list of cameras says it; absent where that is null.
    body: Option<String>,
    /// How many photos to leave out first.
    #[serde(default)]
    from: u64,
    /// In place of `from`: begin so that the photo nearest to this moment, `2026-11-23T18:04:09`, is in the middle.
    around: Option<String>,
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 24)]
    limit: u64,
}

fn default_limit() -> u64 {
    24
}

impl StripQuery {
    fn start(&self) -> Option<StripFrom> {
        match &self.around {
            None => Some(StripFrom::Place(self.from)),
            Some(moment) => Timestamp::parse(moment).map(StripFrom::Around),
        }
    }
}

impl Validate for StripQuery {
    fn check(&self, issues: &mut Issues) {
        issues.expect((1..=100).contains(&self.limit), "limit", "range", "expected 1 to 100");
        issues.expect(self.start().is_some(), "around", "value", "expected a time");
    }
}

/// A photo in a strip.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhotoOfCamera {
    #[serde(flatten)]
    image: ImagePublic,
    /// When it was taken by the clocks at the event, as far as they are known: `2026-11-23T18:04:09`.
    moment: String,
    /// Whether the photo is hidden from guests.
    hidden: bool,
}

/// Some photos of one camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct CameraPhotos {
    /// How many there are.
    total: u64,
    /// How many are before the first of `items`.
    from: u64,
    items: Vec<PhotoOfCamera>,
}

/// Lists the photos of one camera in the order of their moments.
#[utoipa::path(get, path = "/events/{event_id}/cameras/images", tag = "studio",
    params(("event_id" = i64, Path), StripQuery), responses((status = 200, body = CameraPhotos)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
    ValidQuery(query): ValidQuery<StripQuery>,
) -> Result<Json<CameraPhotos>, ApiError> {
    let (id, limit) = (event.id, query.limit);
    let start = query.start().unwrap_or(StripFrom::Place(0));
    let camera = CameraName { camera: query.camera, body: query.body }.parse();
    let found = state.read(move |db| camera_clocks::list_photos(db, id, &camera, start, limit)).await?;
    let items = found.photos.into_iter().map(|photo| PhotoOfCamera {
        moment: photo.moment.to_local_time(),
        hidden: photo.hidden,
        image: views.image(photo, &event, Viewer::Owner),
    });
    Ok(Json(CameraPhotos { total: found.total, from: found.from, items: items.collect() }))
}
