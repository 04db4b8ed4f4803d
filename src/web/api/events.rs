//! Events: created and changed by their owners, found by users.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth;
use super::change::Change;
use super::event_bodies::{EventChanges, EventCreate, EventUpdate};
use crate::domain::{ErasureReason, Event, TimeZone, Timestamp};
use crate::passwords;
use crate::store::{camera_clocks, erasing, events};
use crate::web::access::caller::SignedIn;
use crate::web::access::find::find_event;
use crate::web::api::event_views::EventDetail;
use crate::web::api::views::Views;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate};
use crate::web::rule::{Created, OpenEvent};
use crate::web::{ApiError, AppState, ErrorCode};

/// Events in one search result.
const MAX_FOUND: u32 = 100;

/// Creates an event that the caller owns.
#[utoipa::path(post, path = "/events", tag = "events", request_body = EventCreate,
    responses((status = 201, body = EventDetail)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
    Valid(request): Valid<EventCreate>,
) -> Result<(StatusCode, Extension<Created>, Json<EventDetail>), ApiError> {
    let now = state.now();
    let changes = EventUpdate::from(request).parse(now, &TimeZone::of_computer())?;
    let name = changes.name.clone().unwrap_or_default();
    let hash = hash_password(&state, &changes, &name).await?;
    let mut event = Event { owner_id: Some(user.id), ..Event::new(name, hash, now) };
    changes.apply(&mut event, now);
    if matches!(changes.faces_delete_at, Change::Keep) {
        state.config().privacy.end_faces(&mut event);
    }
    let row = event.clone();
    state.write(move |db| events::insert(db, &row)).await?;
    let detail = views.event_detail(&event, &user).await?;
    Ok((StatusCode::CREATED, Extension(Created(event.id)), Json(detail)))
}

/// The hash of the new password, if there is one, of an event with this name.
async fn hash_password(
    state: &AppState,
    changes: &EventChanges,
    name: &str,
) -> Result<Option<String>, ApiError> {
    let Change::To(Some(password)) = changes.password.clone() else { return Ok(None) };
    if passwords::check_event(&password, name, state.place()).is_err() {
        return Err(ErrorCode::EventPasswordWeak.into());
    }
    auth::hash_password(state, move || passwords::hash(&password)).await.map(Some)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Part of the name.
    #[param(min_length = 3, max_length = 200, pattern = r"[^\s\x85][\s\S]+[^\s\x85]")]
    q: String,
}

impl Validate for Search {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.q, 3, 200, "q");
    }
}

/// Finds up to 100 events by a part of their name, newest event date first. Finds events without a password only if the
/// caller owns or has entered them: their link is the only protection.
#[utoipa::path(get, path = "/events/search", tag = "events", params(Search),
    responses((status = 200, body = [EventDetail])))]
pub(crate) async fn search(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
    ValidQuery(query): ValidQuery<Search>,
) -> Result<Json<Vec<EventDetail>>, ApiError> {
    let user_id = user.id;
    let found = state.read(move |db| events::search(db, query.q.trim(), user_id, MAX_FOUND)).await?;
    views.event_details(&found, &user).await.map(Json)
}

/// Lists the caller's own events, newest event date first.
#[utoipa::path(get, path = "/events/my-events", tag = "events", responses((status = 200, body = [EventDetail])))]
pub(crate) async fn list_own(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
) -> Result<Json<Vec<EventDetail>>, ApiError> {
    let user_id = user.id;
    let owned = state.read(move |db| events::list_owned(db, user_id)).await?;
    views.event_details(&owned, &user).await.map(Json)
}

/// Returns an event.
#[utoipa::path(get, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 200, body = EventDetail)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
    Path(id): Path<String>,
) -> Result<Json<EventDetail>, ApiError> {
    let event = find_event(&state, &id).await?;
    views.event_detail(&event, &user).await.map(Json)
}

/// Changes an event. Fields that are absent keep their values.
#[utoipa::path(put, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    request_body = EventUpdate, responses((status = 200, body = EventDetail)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    views: Views,
    Valid(request): Valid<EventUpdate>,
) -> Result<Json<EventDetail>, ApiError> {
    let (id, now, old_version) = (event.id, state.now(), event.password_version);
    let changes = request.parse(now, &event.time_zone)?;
    let wanted = |at: &Option<Timestamp>| *at != event.faces_delete_at;
    if event.faces_deleted_at.is_some() && matches!(&changes.faces_delete_at, Change::To(at) if wanted(at)) {
        return Err(ErrorCode::FacesEnded.into());
    }
    let name = changes.name.clone().unwrap_or_else(|| event.name.clone());
    let hash = hash_password(&state, &changes, &name).await?;
    let updated = state.write(move |db| {
        // Read again: another request may have changed other fields.
        let Some(mut event) = events::find(db, id)? else { return Ok(None) };
        let zone = event.time_zone.clone();
        changes.apply(&mut event, now);
        if matches!(changes.password, Change::To(_)) {
            event.set_password(hash.clone());
        }
        event.updated_at = now;
        events::update(db, &event)?;
        if event.time_zone != zone {
            camera_clocks::sort(db, &event)?;
        }
        Ok(Some(event))
    });
    let event = updated.await?.ok_or(ErrorCode::EventNotFound)?;
    if event.closed_at.is_some() || event.password_version != old_version {
        state.delete_faces_in(event.id);
    } else if !event.tap_search {
        state.0.active_faces.end_taps(event.id, state.now());
    }
    views.event_detail(&event, &user).await.map(Json)
}

/// Deletes an event with its photos, faces, bookmarks and files.
#[utoipa::path(delete, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<StatusCode, ApiError> {
    state.delete_faces_in(event.id);
    let now = state.now();
    super::delete(&state, move |db| erasing::event(db, event.id, ErasureReason::Owner, now)).await?;
    let search = state.0.settings.app.search.clone();
    state.read(move |db| search.drop_deleted(db)).await?;
    Ok(StatusCode::NO_CONTENT)
}
