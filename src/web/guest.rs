//! A guest enters an event, agrees to the face search, and leaves.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::access::{GuestAccess, LinkedEvent, new_token, removed_cookie};
use super::caller::Origin;
use super::error::{ApiError, blocking};
use super::error_code::ErrorCode;
use super::validate::{Issues, Valid, Validate};
use super::{AppState, event_password, page};
use crate::auth::token_hash;
use crate::domain::TallyKind;
use crate::limits::Scope;
use crate::store::{invitations, sessions, tallies};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default)]
    password: Option<String>,
    /// In place of it: what the link of a QR code or an invitation carries.
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

/// Opens a session, where the password or the key fits.
pub(super) async fn enter(
    State(state): State<AppState>,
    LinkedEvent(event): LinkedEvent,
    Origin(client): Origin,
    jar: CookieJar,
    Valid(entry): Valid<Entry>,
) -> Result<impl IntoResponse, ApiError> {
    if event.closed_at.is_some() {
        return Err(ErrorCode::EventClosed.into());
    }
    // Each session is a row, and a fresh start for searches.
    state.0.searches_made.attempt(&Scope::Entry(event.id), &client, state.now())?;
    // A key has more random bits than anybody can guess; an invitation is one, which is good once.
    let invitation = match entry.key {
        // Without a password every key is as good as none.
        Some(_) if event.password_hash.is_none() => None,
        Some(key) if state.0.settings.entry_keys.opens(&event, &key) => None,
        Some(key) => Some(token_hash(&key)),
        None => {
            let given = entry.password.unwrap_or_default();
            event_password::check(&state, &Scope::Event(event.id), &client, &event, given).await?;
            None
        }
    };
    let lasts = state.config().privacy.guest_session();
    let (cookie, session) = new_token(&event.share_code, lasts, state.is_https());
    let (store, now) = (state.store(), state.now());
    let opened = blocking(move || {
        Ok(store.write(move |tx| {
            if let Some(invitation) = invitation
                && !invitations::redeem(tx, invitation, &event, now)?
            {
                return Ok(Err(ErrorCode::InvitationInvalid));
            }
            if !sessions::insert(tx, session, &event, now.plus(lasts))? {
                return Ok(Err(ErrorCode::PasswordWrong));
            }
            tallies::add(tx, event.id, TallyKind::Guest, 1, now)?;
            Ok(Ok(()))
        })?)
    });
    opened.await??;
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

/// Notes that the guest agreed to the face search as the page describes it.
pub(super) async fn consent(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<StatusCode, ApiError> {
    let (store, now) = (state.store(), state.now());
    blocking(move || {
        Ok(store.write(move |tx| sessions::consent(tx, guest.token_hash, page::CONSENT_VERSION, now))?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes that the guest took the consent back, and forgets the face.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<StatusCode, ApiError> {
    let (store, now) = (state.store(), state.now());
    state.0.standing.forget(guest.token_hash, now);
    blocking(move || Ok(store.write(move |tx| sessions::withdraw(tx, guest.token_hash, now))?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the session, and with it the consent, the face and all that the guest marked.
pub(super) async fn leave(
    State(state): State<AppState>,
    guest: GuestAccess,
    jar: CookieJar,
) -> Result<impl IntoResponse, ApiError> {
    let (store, now) = (state.store(), state.now());
    state.0.standing.forget(guest.token_hash, now);
    blocking(move || Ok(store.write(move |tx| sessions::delete(tx, guest.token_hash, now))?)).await?;
    Ok((StatusCode::NO_CONTENT, jar.add(removed_cookie(&guest.event.share_code))))
}
