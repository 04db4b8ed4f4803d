//! The live wall of an event: the newest photos that are not hidden, for whoever has the wall's key, or owns the event.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event as Told, KeepAlive, Sse};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::AppState;
use super::api::events;
use super::error::{ApiError, blocking};
use super::error_code::ErrorCode;
use super::live::{self, Change};
use super::rule::{OpenEvent, find_event};
use crate::domain::{PhotoId, WallPlace};
use crate::share;
use crate::store::marks::Marks;
use crate::store::{browse, photos};
use crate::web::access::caller::{GuestsUrl, identify};
use crate::web::access::visibility::is_on_wall;
use crate::web::guest::views::PhotoView;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::pictures::delivery::{Rendition, deliver};

/// Carries the wall's key.
const COOKIE: &str = "fotota_wall";
/// Of the cookie: longer than any event.
const LASTS: Duration = Duration::from_hours(7 * 24);
/// More are not shown before new ones come.
const MOST: u32 = 200;
const HEARTBEAT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(in crate::web) struct Key {
    key: String,
}

impl Validate for Key {
    fn check(&self, issues: &mut Issues) {
        issues.expect(self.key.len() <= 200, "key", "string_length", "over 200 characters");
    }
}

/// Takes the key of the wall's link for a cookie, so that it leaves the address bar.
pub(in crate::web) async fn open(
    State(state): State<AppState>,
    Path(id): Path<String>,
    jar: CookieJar,
    Valid(Key { key }): Valid<Key>,
) -> Result<impl IntoResponse, ApiError> {
    let event = events::find(&state, &id).await?;
    if !state.0.settings.entry_keys.opens_wall(&event, &key) {
        return Err(ErrorCode::WallAccessRequired.into());
    }
    let cookie = Cookie::build((COOKIE, key))
        .path(format!("/wall/{}", event.id))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.is_https())
        .max_age(time::Duration::seconds(i64::try_from(LASTS.as_secs()).unwrap_or(i64::MAX)))
        .build();
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

/// Lets in whoever has the wall's key, and the event's owner.
pub(in crate::web) async fn admit(parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    let event = find_event(parts, state).await.map_err(|_| ErrorCode::WallAccessRequired)?;
    let jar = CookieJar::from_headers(&parts.headers);
    let key = jar.get(COOKIE).map(Cookie::value);
    let by_key = key.is_some_and(|key| state.0.settings.entry_keys.opens_wall(&event, key));
    let owner = identify(parts, state).await?.signed_in;
    if owner.is_none_or(|owner| event.owner_id != Some(owner.user.id)) {
        if !by_key {
            return Err(ErrorCode::WallAccessRequired.into());
        }
        if event.closed_at.is_some() {
            return Err(ErrorCode::EventClosed.into());
        }
    }
    parts.extensions.insert(OpenEvent(event));
    Ok(())
}

/// What the wall shows.
#[derive(Serialize)]
pub(in crate::web) struct Wall {
    name: String,
    paused: bool,
    /// For the guests' phones.
    link: String,
    pinned: Vec<i64>,
    /// Newest first.
    photos: Vec<PhotoView>,
}

pub(in crate::web) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Result<Json<Wall>, ApiError> {
    let (store, id) = (state.store(), event.id);
    let found = blocking(move || Ok(store.read(|c| browse::list_wall(c, id, MOST))?)).await?;
    let pinned = found.iter().filter(|photo| photo.wall == Some(WallPlace::Pinned));
    Ok(Json(Wall {
        link: share::event_link(&base, &event.share_code),
        name: event.name,
        paused: event.wall_paused,
        pinned: pinned.map(|photo| photo.id.as_i64()).collect(),
        photos: found.iter().map(|photo| PhotoView::new(photo, &Marks::default())).collect(),
    }))
}

/// A photo of the wall, with the event's logo where it has one.
pub(in crate::web) async fn preview(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id: PhotoId = id.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    let store = state.store();
    let photo = blocking(move || Ok(store.read(|c| photos::find(c, id))?)).await?;
    let photo = photo.filter(|photo| is_on_wall(&event, photo)).ok_or(ErrorCode::PhotoNotFound)?;
    deliver(&state, &event, &photo, Rendition::Preview).await
}

/// The guests' link as a QR code.
pub(in crate::web) async fn draw_qr(
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Result<impl IntoResponse, ApiError> {
    let picture = share::svg_qr(&share::event_link(&base, &event.share_code));
    let too_long = std::io::Error::other("the guests' link is too long for a QR code");
    let picture = picture.ok_or_else(|| ApiError::internal(&too_long))?;
    Ok(([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")], picture))
}

#[derive(Serialize)]
struct Changed {
    revision: u64,
}

/// Says when to ask again. Changes that may have ended the right to look end the stream: the wall begins another one.
pub(in crate::web) async fn stream(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Sse<impl Stream<Item = Result<Told, Infallible>>>, ApiError> {
    let changes = live::follow(&state, event.id).await?;
    let told = futures_util::stream::unfold(Some((state, changes)), |open| async move {
        let (state, mut changes) = open?;
        let change = tokio::select! {
            change = changes.recv() => change.ok()?,
            () = state.0.live.stopped() => return None,
        };
        let (progress, open) = match change {
            Change::Arrived(arrival) => (arrival.progress, Some((state, changes))),
            Change::Other(progress) => (progress, None),
            Change::Gone => return None,
        };
        let told =
            Told::default().event("changed").json_data(Changed { revision: progress.revision }).ok()?;
        Some((Ok(told), open))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}
