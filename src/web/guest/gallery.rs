//! Browsing without a face: photos by time, and the guest's marks.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::domain::{EventId, MarkKind, PhotoId, Visibility};
use crate::store::browse::{self, ByTime, Part};
use crate::store::photo_tallies::TakenBy;
use crate::store::{Reader, StoreError, marks, photos, visits};
use crate::web::access::caller::SignedIn;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::visibility::GuestView;
use crate::web::guest::views::PhotoView;
use crate::web::http::validate::{Issues, ValidQuery, Validate, invalid};
use crate::web::{ApiError, AppState, ErrorCode};

/// A page of the photos by time.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Range {
    offset: u32,
    limit: u32,
    order: Order,
    /// From the first page, so that all pages agree.
    as_of: Option<u64>,
    /// Only photos that this person took; empty: the event's photographer.
    credit: Option<String>,
    /// Only photos taken with this camera.
    camera: Option<String>,
}

impl Default for Range {
    fn default() -> Self {
        Self { offset: 0, limit: 100, order: Order::Desc, as_of: None, credit: None, camera: None }
    }
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Order {
    Asc,
    Desc,
}

impl Validate for Range {
    fn check(&self, issues: &mut Issues) {
        issues.expect((1..=200).contains(&self.limit), "limit", "range", "expected 1 to 200");
    }
}

impl Range {
    fn listing(&self, db: &Reader, event_id: EventId) -> Result<ByTime<'_>, StoreError> {
        let as_of = match self.as_of {
            Some(as_of) => as_of,
            None => browse::progress(db, event_id)?.sequence,
        };
        let by = TakenBy { credit: self.credit.as_deref(), camera: self.camera.as_deref() };
        Ok(ByTime { event_id, descending: self.order == Order::Desc, as_of, by })
    }
}

#[derive(Serialize)]
pub(crate) struct PhotoPage {
    total: u64,
    as_of: u64,
    items: Vec<PhotoView>,
}

/// All photos of the event, if guests may see them.
pub(crate) async fn list(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(range): ValidQuery<Range>,
) -> Result<Json<PhotoPage>, ApiError> {
    expect_all_visible(&guest)?;
    let page = state.read(move |db| {
        let listing = range.listing(db, guest.event.id)?;
        let marks = marks::find(db, guest.token_hash)?;
        let Part { photos, total } = browse::list(db, listing, range.offset.into(), range.limit.into())?;
        let items = photos.iter().map(|photo| PhotoView::new(photo, &marks)).collect();
        Ok(PhotoPage { total, as_of: listing.as_of, items })
    });
    Ok(Json(page.await?))
}

pub(super) fn expect_all_visible(guest: &GuestAccess) -> Result<(), ApiError> {
    match guest.event.visibility {
        Visibility::All => Ok(()),
        Visibility::Matches => Err(ErrorCode::MatchesOnly.into()),
    }
}

#[derive(Serialize)]
pub(crate) struct Hours {
    hours: Vec<Hour>,
}

#[derive(Serialize)]
struct Hour {
    /// By the cameras' clocks.
    start: String,
    /// Of its first photo, in the whole list.
    offset: u64,
    count: u64,
}

/// The hours of that list.
pub(crate) async fn list_hours(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(range): ValidQuery<Range>,
) -> Result<Json<Hours>, ApiError> {
    expect_all_visible(&guest)?;
    let found = state.read(move |db| browse::list_hours(db, range.listing(db, guest.event.id)?)).await?;
    let hours = found.into_iter().scan(0, |next, (at, count)| {
        let offset = *next;
        *next += count;
        Some(Hour { start: at.to_local_time(), offset, count })
    });
    Ok(Json(Hours { hours: hours.collect() }))
}

#[derive(Serialize)]
pub(crate) struct Marked {
    items: Vec<MarkedPhoto>,
}

#[derive(Serialize)]
struct MarkedPhoto {
    #[serde(flatten)]
    photo: PhotoView,
    kind: &'static str,
}

/// The guest's favourites, last marked first.
pub(crate) async fn list_bookmarks(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<Marked>, ApiError> {
    list_marked(&state, &guest, &[MarkKind::Bookmark]).await
}

/// What the guest removed from the results, last marked first.
pub(crate) async fn list_removed(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<Marked>, ApiError> {
    list_marked(&state, &guest, &[MarkKind::NotMe, MarkKind::Hidden]).await
}

async fn list_marked(
    state: &AppState,
    guest: &GuestAccess,
    kinds: &'static [MarkKind],
) -> Result<Json<Marked>, ApiError> {
    let (view, session) = (GuestView::of(state, guest).await?, guest.token_hash);
    let items = state.read(move |db| {
        let (found, marks) = (marks::list(db, session, kinds)?, marks::find(db, session)?);
        let seen = found.into_iter().filter(|(photo, _)| view.has(photo));
        let item = |(photo, kind): (_, MarkKind)| MarkedPhoto {
            photo: PhotoView::new(&photo, &marks),
            kind: kind.as_str(),
        };
        Ok(seen.map(item).collect())
    });
    Ok(Json(Marked { items: items.await? }))
}

/// Share code, photo, kind of mark.
type MarkPath = Path<(String, String, String)>;

/// Marks a photo that the guest may see.
pub(crate) async fn mark(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, photo, kind)): MarkPath,
) -> Result<StatusCode, ApiError> {
    let (id, kind) = parse(&photo, &kind)?;
    let photo = state.read(move |db| photos::find(db, id)).await?.ok_or(ErrorCode::PhotoNotFound)?;
    if !GuestView::of(&state, &guest).await?.has(&photo) {
        return Err(ErrorCode::PhotoNotFound.into());
    }
    let now = state.now();
    let searched = state.0.active_faces.find(&guest, now);
    if kind != MarkKind::Bookmark && searched.is_some_and(|face| face.is_tapped()) {
        let message =
            "the photos are of the person whose face the guest tapped; return to the guest's own first";
        return Err(invalid("path", "kind", "value", message));
    }
    state.write(move |tx| marks::put(tx, guest.token_hash, id, kind, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a mark.
pub(crate) async fn unmark(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, photo, kind)): MarkPath,
) -> Result<StatusCode, ApiError> {
    let (id, kind) = parse(&photo, &kind)?;
    state.write(move |tx| marks::delete(tx, guest.token_hash, id, kind)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(photo: &str, kind: &str) -> Result<(PhotoId, MarkKind), ApiError> {
    let photo = photo.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    Ok((photo, kind.parse().map_err(|()| ErrorCode::PageNotFound)?))
}

#[derive(Serialize)]
pub(crate) struct Kept {
    kept: usize,
}

/// Copies the guest's favourites to the account that is signed in with the same browser, and the event into its
/// history.
pub(crate) async fn keep(
    State(state): State<AppState>,
    guest: GuestAccess,
    SignedIn { user, .. }: SignedIn,
) -> Result<Json<Kept>, ApiError> {
    let now = state.now();
    let kept = state.write(move |tx| {
        visits::enter(tx, user.id, &guest.event, now)?;
        marks::keep(tx, guest.token_hash, user.id, &guest.event, now)
    });
    Ok(Json(Kept { kept: kept.await? }))
}
