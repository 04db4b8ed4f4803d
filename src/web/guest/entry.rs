//! A guest enters an event, consents to face search, and leaves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::auth::token_hash;
use crate::domain::TallyKind;
use crate::limits::Scope;
use crate::store::{invitations, sessions, tallies};
use crate::web::access::caller::Origin;
use crate::web::access::consent;
use crate::web::access::event_password;
use crate::web::access::guest_session::{GuestAccess, LinkedEvent, new_token, removed_cookie};
use crate::web::access::moved::{self, expect_here};
use crate::web::guest::selfie::delete_faces;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    #[serde(default)]
    password: Option<String>,
    /// Instead of it: the key in the link of a QR code or an invitation.
    #[serde(default)]
    key: Option<String>,
}

impl Validate for Entry {
    fn check(&self, issues: &mut Issues) {
        let length = self.password.as_ref().map_or(0, |password| password.chars().count());
        issues.expect(length <= 1000, "password", "string_length", "over 1000 characters");
        let length = self.key.as_ref().map_or(0, String::len);
        issues.expect(length <= 200, "key", "string_length", "over 200 characters");
    }
}

/// Opens a session for the right password or key.
pub(crate) async fn enter(
    State(state): State<AppState>,
    LinkedEvent(event): LinkedEvent,
    Origin(client): Origin,
    jar: CookieJar,
    Valid(entry): Valid<Entry>,
) -> Result<impl IntoResponse, ApiError> {
    expect_here(&event, &format!("/e/{}", event.share_code), entry.key.as_deref())?;
    if event.closed_at.is_some() {
        return Err(ErrorCode::EventClosed.into());
    }
    // Each new session adds a row and gets a fresh search limit.
    state.0.search_limiter.attempt(&Scope::Entry(event.id), &client, state.now())?;
    // Keys, and invitations, which work once, cannot be guessed: no limit for attempts.
    let former = entry.key.as_deref().map(token_hash);
    let invitation = match entry.key {
        // Without a password any key will do.
        Some(_) if event.password_hash.is_none() => None,
        Some(key) if state.0.settings.entry_keys.opens(&event, &key) => None,
        Some(key) if moved::opens(&state, &event, "entry", &key).await? => None,
        Some(key) => Some(token_hash(&key)),
        None => {
            let given = entry.password.unwrap_or_default();
            event_password::check(&state, &Scope::Event(event.id), &client, &event, given).await?;
            None
        }
    };
    let (cookie, session) = new_token(&event.share_code, &state);
    let (now, lifetime) = (state.now(), state.config().privacy.guest_session());
    let opened = state.write(move |tx| {
        // A guest comes from the FotoTa that had the event before.
        if let Some(key) = former
            && sessions::take_over(tx, key, session, event.id, now)?
        {
            return Ok(Ok(()));
        }
        if let Some(invitation) = invitation
            && !invitations::redeem(tx, invitation, &event, now)?
        {
            return Ok(Err(ErrorCode::InvitationInvalid));
        }
        if !sessions::insert(tx, session, &event, now.plus(lifetime))? {
            return Ok(Err(ErrorCode::PasswordWrong));
        }
        tallies::add(tx, event.id, TallyKind::Guest, 1, now)?;
        Ok(Ok(()))
    });
    opened.await??;
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

/// Records the guest's consent to face search.
pub(crate) async fn consent(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<StatusCode, ApiError> {
    let (now, version) = (state.now(), consent::version(&guest.event));
    state.write(move |tx| sessions::consent(tx, guest.token_hash, version, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraws the guest's consent and deletes the active face.
pub(crate) async fn withdraw(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
) -> Result<StatusCode, ApiError> {
    let now = state.now();
    delete_faces(&state, &guest, &client);
    state.write(move |tx| sessions::withdraw(tx, guest.token_hash, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the session with its consent, active face and marks.
pub(crate) async fn leave(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    jar: CookieJar,
) -> Result<impl IntoResponse, ApiError> {
    let now = state.now();
    delete_faces(&state, &guest, &client);
    state.write(move |tx| sessions::delete(tx, guest.token_hash, now)).await?;
    Ok((StatusCode::NO_CONTENT, jar.add(removed_cookie(&guest.event.share_code))))
}
