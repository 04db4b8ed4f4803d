//! A guest's way through the photos without a face: by time, and what the guest marked.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::domain::{MarkKind, PhotoId, Visibility};
use crate::store::browse::{self, ByTime};
use crate::store::{marks, photos};
use crate::web::AppState;
use crate::web::access::caller::SignedIn;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::visibility::{GuestView, may_see};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::views::PhotoView;
use crate::web::http::validate::{Issues, ValidQuery, Validate};

/// Which part of the photos by time.
#[derive(Deserialize)]
#[serde(default)]
pub(in crate::web) struct Range {
    offset: u32,
    limit: u32,
    order: Order,
    /// As the first part gave it.
    as_of: Option<u64>,
}

impl Default for Range {
    fn default() -> Self {
        Self { offset: 0, limit: 100, order: Order::Desc, as_of: None }
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
    fn listing(&self, guest: &GuestAccess, newest: u64) -> ByTime {
        ByTime {
            event_id: guest.event.id,
            descending: self.order == Order::Desc,
            as_of: self.as_of.unwrap_or(newest),
        }
    }
}

#[derive(Serialize)]
pub(in crate::web) struct Listed {
    total: u64,
    as_of: u64,
    items: Vec<PhotoView>,
}

/// All photos of the event, where guests see them all.
pub(in crate::web) async fn list(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(range): ValidQuery<Range>,
) -> Result<Json<Listed>, ApiError> {
    expect_all_visible(&guest)?;
    let store = state.store();
    let listed = blocking(move || {
        Ok(store.read(|connection| {
            let progress = browse::progress(connection, guest.event.id)?;
            let listing = range.listing(&guest, progress.sequence);
            let marks = marks::find(connection, guest.token_hash)?;
            let found = browse::list(connection, listing, range.offset, range.limit)?;
            let hours = browse::list_hours(connection, listing)?;
            let total = hours.iter().map(|(_, count)| count).sum();
            let items = found.iter().map(|photo| PhotoView::new(photo, &marks)).collect();
            Ok(Listed { total, as_of: listing.as_of, items })
        })?)
    });
    Ok(Json(listed.await?))
}

fn expect_all_visible(guest: &GuestAccess) -> Result<(), ApiError> {
    match guest.event.visibility {
        Visibility::All => Ok(()),
        Visibility::Matches => Err(ErrorCode::MatchesOnly.into()),
    }
}

#[derive(Serialize)]
pub(in crate::web) struct Hours {
    hours: Vec<Hour>,
}

#[derive(Serialize)]
struct Hour {
    /// By the cameras' clock.
    start: String,
    /// Of its first photo in the listing.
    offset: u64,
    count: u64,
}

/// The hours of that listing.
pub(in crate::web) async fn list_hours(
    State(state): State<AppState>,
    guest: GuestAccess,
    ValidQuery(range): ValidQuery<Range>,
) -> Result<Json<Hours>, ApiError> {
    expect_all_visible(&guest)?;
    let store = state.store();
    let found = blocking(move || {
        Ok(store.read(|connection| {
            let progress = browse::progress(connection, guest.event.id)?;
            browse::list_hours(connection, range.listing(&guest, progress.sequence))
        })?)
    });
    let hours = found.await?.into_iter().scan(0, |next, (at, count)| {
        let offset = *next;
        *next += count;
        Some(Hour { start: at.to_string().trim_end_matches('Z').to_owned(), offset, count })
    });
    Ok(Json(Hours { hours: hours.collect() }))
}

#[derive(Serialize)]
pub(in crate::web) struct Marked {
    items: Vec<MarkedPhoto>,
}

#[derive(Serialize)]
struct MarkedPhoto {
    #[serde(flatten)]
    photo: PhotoView,
    kind: &'static str,
}

/// The guest's bookmarks, last first.
pub(in crate::web) async fn list_bookmarks(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<Marked>, ApiError> {
    list_marked(&state, &guest, &[MarkKind::Bookmark]).await
}

/// What the guest removed from the results, last first.
pub(in crate::web) async fn list_removed(
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
    let (inner, guest) = (state.0.clone(), guest.clone());
    let items = blocking(move || {
        let (store, session) = (&inner.settings.context.store, guest.token_hash);
        let found = store.read(|c| marks::list(c, session, kinds))?;
        let marks = store.read(|c| marks::find(c, session))?;
        let view = GuestView::of(&inner, &guest)?;
        let mut items = Vec::with_capacity(found.len());
        for (photo, kind) in found {
            if view.has(&photo)? {
                items.push(MarkedPhoto { photo: PhotoView::new(&photo, &marks), kind: kind.as_str() });
            }
        }
        Ok(items)
    });
    Ok(Json(Marked { items: items.await? }))
}

/// Share code, photo, what is said about it.
type MarkPath = Path<(String, String, String)>;

/// Marks a photo that the guest may see.
pub(in crate::web) async fn mark(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, photo, kind)): MarkPath,
) -> Result<StatusCode, ApiError> {
    let (id, kind) = parse(&photo, &kind)?;
    let store = state.store();
    let photo = blocking(move || Ok(store.read(|c| photos::find(c, id))?)).await?;
    let photo = photo.ok_or(ErrorCode::PhotoNotFound)?;
    if !may_see(&state, &guest, &photo).await? {
        return Err(ErrorCode::PhotoNotFound.into());
    }
    let (store, now) = (state.store(), state.now());
    blocking(move || Ok(store.write(move |tx| marks::put(tx, guest.token_hash, id, kind, now))?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a mark back.
pub(in crate::web) async fn unmark(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, photo, kind)): MarkPath,
) -> Result<StatusCode, ApiError> {
    let (id, kind) = parse(&photo, &kind)?;
    let store = state.store();
    blocking(move || Ok(store.write(move |tx| marks::delete(tx, guest.token_hash, id, kind))?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(photo: &str, kind: &str) -> Result<(PhotoId, MarkKind), ApiError> {
    let photo = photo.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    Ok((photo, kind.parse().map_err(|()| ErrorCode::PageNotFound)?))
}

#[derive(Serialize)]
pub(in crate::web) struct Kept {
    kept: usize,
}

/// Gives the guest's bookmarks to the account that is signed in in the same browser.
pub(in crate::web) async fn keep(
    State(state): State<AppState>,
    guest: GuestAccess,
    SignedIn { user, .. }: SignedIn,
) -> Result<Json<Kept>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let kept = blocking(move || {
        Ok(store.write(move |tx| marks::keep(tx, guest.token_hash, user.id, &guest.event, now))?)
    });
    Ok(Json(Kept { kept: kept.await? }))
}
