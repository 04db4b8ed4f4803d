//! The live wall of an event: its newest visible photos.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event as StreamEvent, KeepAlive, Sse};
use axum_extra::extract::CookieJar;
use futures_util::Stream;
use serde::{Deserialize, Serialize};

use crate::domain::{PhotoId, WallChoice};
use crate::share;
use crate::store::marks::Marks;
use crate::store::{browse, photos};
use crate::web::access::caller::GuestsUrl;
use crate::web::access::cookies;
use crate::web::access::find::find_event;
use crate::web::access::moved;
use crate::web::access::visibility::is_on_wall;
use crate::web::guest::live::{self, EventChange};
use crate::web::guest::views::PhotoView;
use crate::web::http::holder;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::pictures::delivery::{Rendition, deliver};
use crate::web::rule::{OpenEvent, WALL_COOKIE};
use crate::web::{ApiError, AppState, ErrorCode};

/// Longer than an event.
const COOKIE_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// The newest photos that a wall starts with.
const MAX_PHOTOS: u32 = 200;
const HEARTBEAT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(crate) struct WallKey {
    key: String,
}

impl Validate for WallKey {
    fn check(&self, issues: &mut Issues) {
        issues.expect(self.key.len() <= 200, "key", "string_length", "over 200 characters");
    }
}

/// Exchanges the key in the wall's link for a cookie, so that it leaves the address bar.
pub(crate) async fn open(
    State(state): State<AppState>,
    Path(id): Path<String>,
    jar: CookieJar,
    Valid(WallKey { key }): Valid<WallKey>,
) -> Result<impl IntoResponse, ApiError> {
    let event = find_event(&state, &id).await?;
    let opens = state.0.settings.entry_keys.opens_wall(&event, &key)
        || moved::opens(&state, &event, "wall", &key).await?;
    if !opens {
        return Err(ErrorCode::WallAccessRequired.into());
    }
    let path = format!("/wall/{}", event.id);
    moved::expect_here(&event, &path, Some(&key))?;
    let cookie = cookies::new((WALL_COOKIE, key), path, COOKIE_LIFETIME);
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

/// What the wall shows.
#[derive(Serialize)]
pub(crate) struct Wall {
    name: String,
    paused: bool,
    /// For the guests' phones.
    link: String,
    pinned: Vec<i64>,
    /// Newest first.
    photos: Vec<PhotoView>,
}

pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Result<Json<Wall>, ApiError> {
    let id = event.id;
    let found = state.read(move |db| browse::list_wall(db, id, MAX_PHOTOS)).await?;
    let pinned = found.iter().filter(|photo| photo.wall == Some(WallChoice::Pinned));
    Ok(Json(Wall {
        link: share::event_link(&base, &event.share_code),
        name: event.name,
        paused: event.wall_paused,
        pinned: pinned.map(|photo| photo.id.as_i64()).collect(),
        photos: found.iter().map(|photo| PhotoView::new(photo, &Marks::default())).collect(),
    }))
}

/// A photo of the wall, with the event's watermark if it has one.
pub(crate) async fn preview(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): Path<(String, String)>,
    request: HeaderMap,
) -> Result<Response, ApiError> {
    let id: PhotoId = id.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    let photo = state.read(move |db| photos::find(db, id)).await?;
    let photo = photo.filter(|photo| is_on_wall(&event, photo)).ok_or(ErrorCode::PhotoNotFound)?;
    deliver(&state, (&event, &photo), Rendition::Preview, &request).await
}

/// The guests' link as a QR code.
pub(crate) async fn draw_qr(
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

/// Signals when to load the photos again, and the link, which may have another address. Changes that may have revoked
/// access end the stream, and the wall reconnects.
pub(crate) async fn stream(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Sse<impl Stream<Item = Result<StreamEvent, Infallible>>>, ApiError> {
    let changes = live::subscribe(&state, event.id).await?;
    let place = state.0.streams.take(holder::current()).ok_or(ErrorCode::Busy)?;
    let address = state.reach().subscribe();
    let events = futures_util::stream::unfold(Some((state, changes, address, place)), |open| async move {
        let (state, mut changes, mut address, place) = open?;
        let change = tokio::select! {
            change = changes.recv() => change.ok()?,
            moved = address.changed() => {
                moved.ok()?;
                let event = StreamEvent::default().event("changed").data("{}");
                return Some((Ok(event), Some((state, changes, address, place))));
            }
            () = state.0.channels.stopped() => return None,
            () = place.ended() => return None,
        };
        let (progress, open) = match change {
            EventChange::Arrived(arrival) => (arrival.progress, Some((state, changes, address, place))),
            EventChange::Other(progress) => (progress, None),
            EventChange::Deleted => return None,
        };
        let data = Changed { revision: progress.revision };
        Some((Ok(StreamEvent::default().event("changed").json_data(data).ok()?), open))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}
