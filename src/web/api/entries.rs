//! Users entering events.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{EventGrant, Tokens};
use crate::limits::Scope;
use crate::store::visits;
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::event_password;
use crate::web::access::find::find_event;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

#[derive(Deserialize, ToSchema)]
pub(crate) struct Entry {
    /// Ignored for an event without a password.
    #[schema(format = Password, max_length = 1000)]
    password: String,
}

impl Validate for Entry {
    fn check(&self, issues: &mut Issues) {
        issues.expect_chars(&self.password, 0, 1000, "password");
    }
}

/// A token for one event.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventToken {
    /// Sent as `Authorization: Bearer`, or in `x-event-token` beside an access token. Valid for two hours.
    event_access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
}

/// Enters an event with its password. The caller can list and search its photos for two hours, and finds the event in
/// their history.
#[utoipa::path(post, path = "/events/{event_id}/access", tag = "events", params(("event_id" = i64, Path)),
    request_body = Entry, responses((status = 200, body = EventToken)))]
pub(crate) async fn enter(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    Origin(client): Origin,
    Path(id): Path<String>,
    Valid(entry): Valid<Entry>,
) -> Result<Json<EventToken>, ApiError> {
    let event = find_event(&state, &id).await?;
    if event.owner_id != Some(user.id) {
        if event.closed_at.is_some() {
            return Err(ErrorCode::EventClosed.into());
        }
        event_password::check(&state, &Scope::Event(event.id), &client, &event, entry.password).await?;
    }
    let now = state.now();
    let grant = EventGrant { user: user.id, event: event.id, password_version: event.password_version };
    if !state.write(move |db| visits::enter(db, user.id, &event, now)).await? {
        return Err(ErrorCode::PasswordWrong.into());
    }
    let tokens: &Tokens = &state.0.settings.tokens;
    Ok(Json(EventToken { event_access_token: tokens.event(grant, now), token_type: "bearer" }))
}
