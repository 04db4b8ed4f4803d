//! The owner's view of an event's photos, including pending, failed and hidden ones.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Camera, ClockOffset, Event, EventId, PhotoState, SourceId};
use crate::store::camera_clocks;
use crate::store::photo_pages::{self, Listed, Listing, OwnFilter, SortBy, State as IndexState, Which};
use crate::store::photo_tallies::TakenBy;
use crate::web::access::visibility::Viewer;
use crate::web::api::guest_options::{TimeSourceName, WallName, names};
use crate::web::api::photos::{SortOrder, check_page};
use crate::web::api::views::{ImagePublic, Views};
use crate::web::http::validate::{Issues, ValidQuery, Validate};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Filter, page and order of a listing.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct OwnPageQuery {
    /// Counted from 1.
    #[param(minimum = 1, maximum = 2_147_483_647, default = 1)]
    page: u32,
    /// Photos per page.
    #[param(minimum = 1, maximum = 200, default = 10)]
    limit: u32,
    #[param(inline)]
    sort_by: OwnSortBy,
    #[param(inline)]
    sort_order: SortOrder,
    /// The first page's `as_of`: leaves out photos that arrived later. With `state` or `hidden`, pages shift when one
    /// of the photos changes.
    as_of: Option<u64>,
    /// Only photos in this state.
    #[param(inline)]
    state: Option<StateName>,
    /// Only photos that are hidden from guests, or only photos that are not.
    hidden: Option<bool>,
    /// Only photos that wait for approval, or only photos that do not.
    held: Option<bool>,
    /// Only photos that this source has brought.
    source: Option<i64>,
    /// Only photos that this person took; empty: the event's photographer.
    #[param(max_length = 200)]
    credit: Option<String>,
    /// Only photos taken with this camera; empty: with one that is not known.
    #[param(max_length = 200)]
    camera: Option<String>,
}

impl Default for OwnPageQuery {
    fn default() -> Self {
        Self {
            page: 1,
            limit: 10,
            sort_by: OwnSortBy::CreatedAt,
            sort_order: SortOrder::Asc,
            as_of: None,
            state: None,
            hidden: None,
            held: None,
            source: None,
            credit: None,
            camera: None,
        }
    }
}

names! {
    OwnSortBy of SortBy { CreatedAt, FileName, TakenAt }
}

names! {
    /// A photo's indexing state.
    StateName of IndexState { Pending, Indexed, Failed }
}

impl Validate for OwnPageQuery {
    fn check(&self, issues: &mut Issues) {
        check_page(self.page, self.as_of, issues);
        issues.expect((1..=200).contains(&self.limit), "limit", "range", "expected 1 to 200");
    }
}

impl OwnPageQuery {
    fn listing(&self, event_id: EventId) -> Listing<'_> {
        let filter = OwnFilter {
            state: self.state.map(Into::into),
            hidden: self.hidden,
            held: self.held,
            source: self.source.and_then(SourceId::from_i64),
            by: TakenBy { credit: self.credit.as_deref(), camera: self.camera.as_deref() },
        };
        Listing {
            event_id,
            which: Which::Own(filter),
            sort_by: self.sort_by.into(),
            descending: self.sort_order == SortOrder::Desc,
            page: self.page,
            limit: self.limit,
            mark: self.as_of,
        }
    }
}

/// A photo, as its event's owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnImage {
    #[serde(flatten)]
    image: ImagePublic,
    state: StateName,
    /// Why indexing failed.
    #[schema(required = true)]
    failure: Option<String>,
    /// Whether the photo is hidden from guests.
    hidden: bool,
    /// The owner's choice for the live wall; null for none.
    #[schema(required = true)]
    wall: Option<WallName>,
    /// By the camera's clock: `2026-11-23T18:04:09`, with fraction and time zone if the camera recorded them.
    #[schema(required = true)]
    taken_at: Option<String>,
    /// Where that time comes from.
    time_source: TimeSourceName,
    #[schema(required = true)]
    camera: Option<String>,
    /// Who took it; null: the event's photographer.
    #[schema(required = true)]
    credit: Option<String>,
    /// The source that brought it; null: the owner.
    #[schema(required = true)]
    source_id: Option<i64>,
    /// Whether it is hidden because it waits for approval. To show it is to approve it.
    held: bool,
    /// The last characters of the camera's serial number.
    #[schema(required = true)]
    camera_serial_end: Option<String>,
    /// When it was taken by the clocks at the event, or received if that is unknown: `2026-11-23T18:04:09`. Photos are
    /// sorted by it.
    moment: String,
    /// What was added to the camera's clock for it, in milliseconds.
    clock_offset_ms: i64,
    /// How many faces were found.
    faces: u64,
    /// Size of the original file.
    size_bytes: u64,
    /// How many files of the same capture it has, of which one is shown.
    versions: u64,
    /// Whether something is wrong with the file: parts of the picture may be missing.
    damaged: bool,
    /// Name of the camera's raw file of the same capture; null if there is none.
    #[schema(required = true)]
    raw_file_name: Option<String>,
    /// Where to download it.
    #[schema(required = true)]
    raw_url: Option<String>,
}

/// One page of the owner's listing.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnPage {
    total_items: u64,
    total_pages: u64,
    current_page: u32,
    limit: u32,
    items: Vec<OwnImage>,
    /// To send as `as_of` with the next pages.
    as_of: u64,
}

/// Lists all photos of an event, including pending, failed and hidden ones.
#[utoipa::path(get, path = "/events/{event_id}/my-event-images", tag = "photos",
    params(("event_id" = i64, Path), OwnPageQuery), responses((status = 200, body = OwnPage)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
    ValidQuery(query): ValidQuery<OwnPageQuery>,
) -> Result<Json<OwnPage>, ApiError> {
    let event_id = event.id;
    let (page, limit) = (query.page, query.limit);
    let found = state.read(move |db| {
        let found = photo_pages::list(db, query.listing(event_id))?;
        Ok((found, camera_clocks::offsets(db, event_id)?))
    });
    let (found, offsets) = found.await?;
    let photos = found.photos.into_iter();
    Ok(Json(OwnPage {
        total_items: found.total,
        total_pages: found.total.div_ceil(u64::from(limit)),
        current_page: page,
        limit,
        items: photos.map(|listed| own_image(&views, listed, &offsets, &event)).collect(),
        as_of: found.mark,
    }))
}

fn own_image(
    views: &Views,
    listed: Listed,
    offsets: &HashMap<Camera, ClockOffset>,
    event: &Event,
) -> OwnImage {
    let Listed { photo, size_bytes, faces, versions } = listed;
    let camera = photo.capture.camera().filter(|_| photo.capture.time_source.is_camera());
    let clock_offset = camera.and_then(|camera| offsets.get(&camera).copied()).unwrap_or_default();
    let (state, failure) = match &photo.state {
        PhotoState::Pending => (StateName::Pending, None),
        PhotoState::Indexed => (StateName::Indexed, None),
        PhotoState::Failed(reason) => (StateName::Failed, Some(reason.clone())),
    };
    OwnImage {
        state,
        failure,
        hidden: photo.hidden,
        wall: photo.wall.map(Into::into),
        taken_at: photo.capture.taken_at.as_ref().map(ToString::to_string),
        time_source: photo.capture.time_source.into(),
        camera: photo.capture.camera.clone(),
        credit: photo.credit.clone(),
        source_id: photo.source_id.map(SourceId::as_i64),
        held: photo.held,
        camera_serial_end: photo.capture.camera_body.as_ref().map(|body| body.serial_end().to_owned()),
        moment: photo.moment.to_local_time(),
        clock_offset_ms: clock_offset.ms(),
        faces,
        size_bytes,
        versions,
        damaged: photo.is_damaged,
        raw_file_name: photo.companion.as_ref().map(|raw| raw.file_name.clone()),
        raw_url: photo.companion.as_ref().map(|_| views.raw_url(&photo, event)),
        image: views.image(photo, event, Viewer::Owner),
    }
}
