//! The owner's view of an event's photos: with those that wait, failed or are hidden; and changes of many at once.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Event, Photo, PhotoId, PhotoState, WallPlace};
use crate::store::photo_changes::{self, Change};
use crate::store::photo_pages::{self, Details, Listing, SortBy, Which};
use crate::web::AppState;
use crate::web::access::caller::BaseUrl;
use crate::web::access::visibility::Viewer;
use crate::web::api::guest_options::WallName;
use crate::web::api::photos::{SortOrder, check_page};
use crate::web::api::views::{Addresses, ImagePublic};
use crate::web::error::{ApiError, blocking};
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};
use crate::web::rule::OpenEvent;

/// Photos changed by one request; as many numbers fit a body.
const MAX_AT_ONCE: usize = 3000;
/// Photos changed in one transaction: others who write wait no longer than for these.
const IN_ONE_TRANSACTION: usize = 200;

/// Which page of which photos, and in which order.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct OwnPageQuery {
    /// Counted from 1.
    #[param(minimum = 1, maximum = 2_147_483_647, default = 1)]
    page: u32,
    /// Photos on a page.
    #[param(minimum = 1, maximum = 200, default = 10)]
    limit: u32,
    #[param(inline)]
    sort_by: OwnSortBy,
    #[param(inline)]
    sort_order: SortOrder,
    /// As the first page gave it: leaves out photos that have come since. Where photos are chosen by `state` or
    /// `hidden`, pages shift when one of them changes.
    as_of: Option<u64>,
    /// Only those that have come so far.
    #[param(inline)]
    state: Option<StateName>,
    /// Only those that are hidden from guests, or only those that are not.
    hidden: Option<bool>,
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
        }
    }
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OwnSortBy {
    CreatedAt,
    FileName,
    TakenAt,
}

/// How far a photo has come.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    Pending,
    Indexed,
    Failed,
}

impl Validate for OwnPageQuery {
    fn check(&self, issues: &mut Issues) {
        check_page(self.page, self.as_of, issues);
        issues.expect((1..=200).contains(&self.limit), "limit", "range", "expected 1 to 200");
    }
}

/// A photo, to the owner of its event.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnImage {
    #[serde(flatten)]
    image: ImagePublic,
    state: StateName,
    /// Why it could not be indexed.
    #[schema(required = true)]
    failure: Option<String>,
    /// Whether guests do not see it.
    hidden: bool,
    /// Its place on the live wall; null while it is there for being new.
    #[schema(required = true)]
    wall: Option<WallName>,
    /// By the camera's clock: `2026-11-23T18:04:09`, with fraction and time zone where the camera knows them.
    #[schema(required = true)]
    taken_at: Option<String>,
    #[schema(required = true)]
    camera: Option<String>,
    /// In pixels, upright; null until it is indexed.
    #[schema(required = true)]
    width: Option<u32>,
    #[schema(required = true)]
    height: Option<u32>,
    /// How many were found in it.
    faces: u64,
    /// Of its file.
    size_bytes: u64,
}

/// One page of the owner's listing.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnPage {
    total_items: u64,
    total_pages: u64,
    current_page: u32,
    limit: u32,
    items: Vec<OwnImage>,
    /// For the query `as_of` of the next pages.
    as_of: u64,
}

/// All photos of an event of the caller's, also those that wait to be indexed or cannot be, and those that are hidden.
#[utoipa::path(get, path = "/events/{event_id}/my-event-images", tag = "photos",
    params(("event_id" = i64, Path), OwnPageQuery), responses((status = 200, body = OwnPage)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    BaseUrl(base): BaseUrl,
    ValidQuery(query): ValidQuery<OwnPageQuery>,
) -> Result<Json<OwnPage>, ApiError> {
    let chosen = query.state.map(|state| match state {
        StateName::Pending => photo_pages::State::Pending,
        StateName::Indexed => photo_pages::State::Indexed,
        StateName::Failed => photo_pages::State::Failed,
    });
    let listing = Listing {
        event_id: event.id,
        which: Which::Own { state: chosen, hidden: query.hidden },
        sort_by: match query.sort_by {
            OwnSortBy::CreatedAt => SortBy::CreatedAt,
            OwnSortBy::FileName => SortBy::FileName,
            OwnSortBy::TakenAt => SortBy::TakenAt,
        },
        descending: query.sort_order == SortOrder::Desc,
        page: query.page,
        limit: query.limit,
        mark: query.as_of,
    };
    let store = state.store();
    let (found, details) = blocking(move || {
        Ok(store.read(|c| {
            let found = photo_pages::list(c, listing)?;
            let details = photo_pages::list_details(c, &found.photos)?;
            Ok((found, details))
        })?)
    })
    .await?;
    let addresses = Addresses { state, base };
    let photos = found.photos.into_iter().zip(details);
    Ok(Json(OwnPage {
        total_items: found.total,
        total_pages: found.total.div_ceil(u64::from(query.limit)),
        current_page: query.page,
        limit: query.limit,
        items: photos.map(|(photo, details)| own_image(&addresses, photo, details, &event)).collect(),
        as_of: found.mark,
    }))
}

fn own_image(addresses: &Addresses, photo: Photo, details: Details, event: &Event) -> OwnImage {
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
        camera: photo.capture.camera.clone(),
        width: photo.size.map(|size| size.width),
        height: photo.size.map(|size| size.height),
        faces: details.faces,
        size_bytes: details.size_bytes,
        image: addresses.image(photo, event, Viewer::Owner),
    }
}

/// What is done to photos.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    Hide,
    Show,
    Delete,
    Retry,
    Pin,
    Skip,
    Unpin,
}

impl From<Action> for Change {
    fn from(action: Action) -> Self {
        match action {
            Action::Hide => Self::Hide(true),
            Action::Show => Self::Hide(false),
            Action::Delete => Self::Delete,
            Action::Retry => Self::Retry,
            Action::Pin => Self::Wall(Some(WallPlace::Pinned)),
            Action::Skip => Self::Wall(Some(WallPlace::Skipped)),
            Action::Unpin => Self::Wall(None),
        }
    }
}

/// One thing to do to many photos: `hide` from guests or `show` again; `delete`; `retry` those that failed; on the live
/// wall `pin` (always there), `skip` (never there) or `unpin` (neither).
#[derive(Deserialize, ToSchema)]
pub(crate) struct PhotosChange {
    /// Numbers of photos; those that are not of the event are passed over.
    #[schema(min_items = 1, max_items = 3000)]
    ids: Vec<i64>,
    // A description beside an inlined list of values would contradict it.
    #[schema(inline)]
    action: Action,
}

impl Validate for PhotosChange {
    fn check(&self, issues: &mut Issues) {
        let fits = (1..=MAX_AT_ONCE).contains(&self.ids.len());
        issues.expect(fits, "ids", "length", "expected 1 to 3000 numbers");
    }
}

/// How many photos are other than before.
#[derive(Serialize, ToSchema)]
pub(crate) struct Changed {
    changed: u64,
}

/// Does one thing to many photos of an event of the caller's.
#[utoipa::path(post, path = "/events/{event_id}/images/change", tag = "photos", params(("event_id" = i64, Path)),
    request_body = PhotosChange, responses((status = 200, body = Changed)))]
pub(crate) async fn change(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(request): Valid<PhotosChange>,
) -> Result<Json<Changed>, ApiError> {
    let ids: Vec<PhotoId> = request.ids.iter().copied().filter_map(PhotoId::from_i64).collect();
    let (store, change) = (state.store(), Change::from(request.action));
    let changed = blocking(move || {
        let mut changed = 0;
        for some in ids.chunks(IN_ONE_TRANSACTION) {
            let some = some.to_vec();
            changed += store.write(move |tx| photo_changes::apply(tx, event.id, &some, change))?;
        }
        if change == Change::Delete {
            store.purge_blobs()?;
        }
        Ok(changed)
    });
    Ok(Json(Changed { changed: changed.await? }))
}
