//! Events: made and changed by their owners, found by users.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::event_bodies::{Change, EventCreate, EventUpdate};
use crate::domain::{Event, EventName, EventPassword, Timestamp};
use crate::passwords;
use crate::store::events;
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, SignedIn};
use crate::web::access::find::find_event;
use crate::web::api::event_views::EventDetail;
use crate::web::api::views::Addresses;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::{Issues, Valid, ValidQuery, Validate, invalid};
use crate::web::rule::OpenEvent;

/// So many events at most are found at once.
const MAX_FOUND: u32 = 100;

/// Makes an event of the caller's.
#[utoipa::path(post, path = "/events", tag = "events", request_body = EventCreate,
    responses((status = 201, body = EventDetail)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
    Valid(request): Valid<EventCreate>,
) -> Result<(StatusCode, Json<EventDetail>), ApiError> {
    request.settings().expect_future(state.now())?;
    let hash = hash_password(&state, request.password.clone()).await?;
    let mut event = Event {
        owner_id: Some(user.id),
        description: request.description.clone(),
        date: request.date.as_deref().and_then(Timestamp::parse),
        ..Event::new(checked_name(&request.name)?, hash, state.now())
    };
    request.settings().apply(&mut event, state.now());
    let (store, row) = (state.store(), event.clone());
    blocking(move || Ok(store.write(move |tx| events::insert(tx, &row))?)).await?;
    let detail = Addresses { state, base }.event_detail(&event, &user).await?;
    Ok((StatusCode::CREATED, Json(detail)))
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = EventName::parse(name, EventName::API_MIN_CHARS);
    name.map(Into::into).map_err(|error| invalid("body", "name", "value", &error.to_string()))
}

async fn hash_password(state: &AppState, password: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(password) = password else { return Ok(None) };
    let wrong = |error: &dyn std::error::Error| invalid("body", "password", "value", &error.to_string());
    let password = EventPassword::parse(&password).map_err(|error| wrong(&error))?;
    let permit = state.0.account_passwords.acquire().await?;
    blocking(move || {
        let _permit = permit;
        let hash = passwords::hash(&password);
        hash.map(Some).map_err(|error| wrong(&error))
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// Part of the name.
    #[param(min_length = 3, max_length = 200, pattern = "\\S[\\s\\S]+\\S")]
    q: String,
}

impl Validate for Search {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.q, 3, 200, "q");
    }
}

/// Events whose name has the text in it, newest event date first, up to 100. Events without a password are known by
/// their link alone: only those are found that the caller owns or has entered.
#[utoipa::path(get, path = "/events/search", tag = "events", params(Search),
    responses((status = 200, body = [EventDetail])))]
pub(crate) async fn search(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
    ValidQuery(query): ValidQuery<Search>,
) -> Result<Json<Vec<EventDetail>>, ApiError> {
    let (store, id) = (state.store(), user.id);
    let found =
        blocking(move || Ok(store.read(|c| events::search(c, query.q.trim(), id, MAX_FOUND))?)).await?;
    Ok(Json(Addresses { state, base }.event_details(&found, &user).await?))
}

/// The caller's own events, newest event date first.
#[utoipa::path(get, path = "/events/my-events", tag = "events", responses((status = 200, body = [EventDetail])))]
pub(crate) async fn list_own(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
) -> Result<Json<Vec<EventDetail>>, ApiError> {
    let (store, id) = (state.store(), user.id);
    let owned = blocking(move || Ok(store.read(|c| events::list_owned(c, id))?)).await?;
    Ok(Json(Addresses { state, base }.event_details(&owned, &user).await?))
}

/// One event.
#[utoipa::path(get, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 200, body = EventDetail)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
    Path(id): Path<String>,
) -> Result<Json<EventDetail>, ApiError> {
    let event = find_event(&state, &id).await?;
    Ok(Json(Addresses { state, base }.event_detail(&event, &user).await?))
}

/// Changes an event of the caller's.
#[utoipa::path(put, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    request_body = EventUpdate, responses((status = 200, body = EventDetail)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    BaseUrl(base): BaseUrl,
    Valid(request): Valid<EventUpdate>,
) -> Result<Json<EventDetail>, ApiError> {
    request.settings().expect_future(state.now())?;
    let name = request.name.as_deref().map(checked_name).transpose()?;
    let password = match &request.password {
        Change::To(password) => Some(hash_password(&state, password.clone()).await?),
        Change::Keep => None,
    };
    let before = event.password_version;
    let (store, id, now) = (state.store(), event.id, state.now());
    let updated = blocking(move || {
        Ok(store.write(move |tx| {
            // As it is now: somebody else may have changed another field meanwhile.
            let Some(mut event) = events::find(tx, id)? else { return Ok(None) };
            event.name = name.unwrap_or(event.name);
            if let Change::To(description) = &request.description {
                event.description.clone_from(description);
            }
            if let Change::To(date) = &request.date {
                event.date = date.as_deref().and_then(Timestamp::parse);
            }
            request.settings().apply(&mut event, now);
            if let Some(hash) = password {
                event.set_password(hash);
            }
            event.updated_at = now;
            events::update(tx, &event)?;
            Ok(Some(event))
        })?)
    });
    let event = updated.await?.ok_or(ErrorCode::EventNotFound)?;
    if event.closed_at.is_some() || event.password_version != before {
        state.0.active_faces.delete_event(event.id);
    }
    Ok(Json(Addresses { state, base }.event_detail(&event, &user).await?))
}

/// Deletes an event of the caller's with its photos, faces, bookmarks and files.
#[utoipa::path(delete, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<StatusCode, ApiError> {
    state.0.active_faces.delete_event(event.id);
    let store = state.store();
    blocking(move || {
        store.write(move |tx| events::delete(tx, event.id))?;
        Ok(store.purge_files()?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
