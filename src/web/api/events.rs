//! Events: made and changed by their owners, found by users.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::domain::{Event, Timestamp, check_event_name};
use crate::passwords;
use crate::store::events;
use crate::web::caller::{BaseUrl, SignedIn, number_in_path};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::rule::OpenEvent;
use crate::web::validate::{Issues, Valid, ValidQuery, Validate, invalid};
use crate::web::views::{Addresses, EventDetail};
use crate::web::{AppState, shapes};

/// So many events at most are found at once.
const MAX_FOUND: u32 = 100;

/// A new event.
#[derive(Deserialize, ToSchema)]
pub(crate) struct EventCreate {
    #[schema(schema_with = shapes::title)]
    name: String,
    #[schema(max_length = 5000)]
    description: Option<String>,
    #[schema(schema_with = shapes::moment)]
    date: Option<String>,
    /// What guests must give; null, which must be said, lets the link alone suffice.
    #[schema(format = Password, min_length = 4, max_length = 1000, required = true)]
    #[serde(deserialize_with = "nullable")]
    password: Option<String>,
}

/// Serde takes a missing field for null, unless it is told how to read the field.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// What is to change; what is not given stays.
#[derive(Deserialize, ToSchema)]
pub(crate) struct EventUpdate {
    #[schema(schema_with = shapes::new_title)]
    name: Option<String>,
    /// Null takes it away.
    #[schema(max_length = 5000, value_type = Option<String>)]
    #[serde(default)]
    description: Change,
    #[schema(schema_with = shapes::moment)]
    #[serde(default)]
    date: Change,
    /// Whoever the old one let in must enter again; null takes it away.
    #[schema(format = Password, min_length = 4, max_length = 1000, value_type = Option<String>)]
    #[serde(default)]
    password: Change,
}

/// What becomes of a value that may be absent.
#[derive(Default)]
enum Change {
    /// Not given: it stays.
    #[default]
    Keep,
    /// Given, if only as null.
    To(Option<String>),
}

impl Change {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Keep => None,
            Self::To(text) => text.as_deref(),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::To)
    }
}

fn check_name(name: &str, issues: &mut Issues) {
    issues.expect_chars(name, 3, 200, "name");
    issues.expect(!name.chars().any(char::is_control), "name", "value", "has a control character");
}

fn check_others(description: Option<&str>, date: Option<&str>, password: Option<&str>, issues: &mut Issues) {
    let length = description.map_or(0, |text| text.chars().count());
    issues.expect(length <= 5000, "description", "string_length", "over 5000 characters");
    let known = date.is_none_or(|date| Timestamp::parse(date).is_some());
    issues.expect(known, "date", "datetime", "expected a time (RFC 3339) or a date");
    let fits = password.is_none_or(|password| (4..=1000).contains(&password.chars().count()));
    issues.expect(fits, "password", "string_length", "expected 4 to 1000 characters");
}

impl Validate for EventCreate {
    fn check(&self, issues: &mut Issues) {
        check_name(&self.name, issues);
        check_others(self.description.as_deref(), self.date.as_deref(), self.password.as_deref(), issues);
    }
}

impl Validate for EventUpdate {
    fn check(&self, issues: &mut Issues) {
        if let Some(name) = &self.name {
            check_name(name, issues);
        }
        check_others(self.description.text(), self.date.text(), self.password.text(), issues);
    }
}

/// Makes an event of the caller's.
#[utoipa::path(post, path = "/events", tag = "events", request_body = EventCreate,
    responses((status = 201, body = EventDetail)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
    Valid(request): Valid<EventCreate>,
) -> Result<(StatusCode, Json<EventDetail>), ApiError> {
    let hash = hash_password(&state, request.password).await?;
    let event = Event {
        owner_id: Some(user.id),
        description: request.description,
        date: request.date.as_deref().and_then(Timestamp::parse),
        ..Event::new(checked_name(&request.name)?, hash, state.now())
    };
    let (store, row) = (state.store(), event.clone());
    blocking(move || Ok(store.write(move |tx| events::insert(tx, &row))?)).await?;
    let detail = Addresses { state, base }.event_detail(&event, &user).await?;
    Ok((StatusCode::CREATED, Json(detail)))
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    check_event_name(name).map_err(|error| invalid("body", "name", "value", &error.to_string()))
}

async fn hash_password(state: &AppState, password: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(password) = password else { return Ok(None) };
    let turn = state.0.account_passwords.turn().await?;
    blocking(move || {
        let _turn = turn;
        let hash = passwords::hash(&password);
        hash.map(Some).map_err(|error| invalid("body", "password", "value", &error.to_string()))
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
    let event = find(&state, &id).await?;
    Ok(Json(Addresses { state, base }.event_detail(&event, &user).await?))
}

/// The event whose number is in the path.
pub(super) async fn find(state: &AppState, id: &str) -> Result<Event, ApiError> {
    let id = number_in_path(id, "event_id")?;
    let store = state.store();
    let event = blocking(move || Ok(id.map_or(Ok(None), |id| store.read(|c| events::find(c, id)))?)).await?;
    event.ok_or_else(|| ErrorCode::EventNotFound.into())
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
    let name = request.name.as_deref().map(checked_name).transpose()?;
    let password = match request.password {
        Change::To(password) => Some(hash_password(&state, password).await?),
        Change::Keep => None,
    };
    let (store, id, now) = (state.store(), event.id, state.now());
    let updated = blocking(move || {
        Ok(store.write(move |tx| {
            // As it is now: somebody else may have changed another field meanwhile.
            let Some(mut event) = events::find(tx, id)? else { return Ok(None) };
            event.name = name.unwrap_or(event.name);
            if let Change::To(description) = request.description {
                event.description = description;
            }
            if let Change::To(date) = request.date {
                event.date = date.as_deref().and_then(Timestamp::parse);
            }
            if let Some(hash) = password {
                event.set_password(hash);
            }
            event.updated_at = now;
            events::update(tx, &event)?;
            Ok(Some(event))
        })?)
    });
    let event = updated.await?.ok_or(ErrorCode::EventNotFound)?;
    Ok(Json(Addresses { state, base }.event_detail(&event, &user).await?))
}

/// Deletes an event of the caller's with its photos, faces, bookmarks and files.
#[utoipa::path(delete, path = "/events/{event_id}", tag = "events", params(("event_id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<StatusCode, ApiError> {
    let store = state.store();
    blocking(move || {
        store.write(move |tx| events::delete(tx, event.id))?;
        Ok(store.purge_files()?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
