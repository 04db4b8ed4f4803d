//! A guest enters an event, agrees to the face search, and leaves.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::access::{GuestAccess, LinkedEvent, new_token, removed_cookie};
use super::error::{ApiError, ErrorCode, blocking};
use super::{AppState, page};
use crate::passwords;
use crate::store::sessions;

/// A wrong password is answered after this long, so that guessing is slow.
const WRONG_PASSWORD_DELAY: Duration = Duration::from_millis(700);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    #[serde(default)]
    password: Option<String>,
}

/// Opens a session, where the password fits.
pub(super) async fn enter(
    State(state): State<AppState>,
    LinkedEvent(event): LinkedEvent,
    jar: CookieJar,
    entry: Result<Json<Entry>, JsonRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Json(entry) = entry.map_err(|_| ErrorCode::InvalidRequest)?;
    if let Some(hash) = event.password_hash.clone() {
        let permit = state.0.password_checks.clone().acquire_owned().await;
        let given = entry.password.unwrap_or_default();
        let fits = blocking(move || {
            let _permit = permit;
            Ok(passwords::verify(&given, &hash))
        })
        .await?;
        if !fits {
            tokio::time::sleep(WRONG_PASSWORD_DELAY).await;
            return Err(ErrorCode::PasswordWrong.into());
        }
    }
    let settings = &state.0.settings;
    let secure = settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let (cookie, token_hash) = new_token(&event.share_code, settings.guest_session, secure);
    let expires_at = state.now().plus(settings.guest_session);
    let store = state.store();
    blocking(move || Ok(store.write(move |tx| sessions::insert(tx, token_hash, event.id, expires_at))?))
        .await?;
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

/// Forgets the session, and with it the consent.
pub(super) async fn leave(
    State(state): State<AppState>,
    guest: GuestAccess,
    jar: CookieJar,
) -> Result<impl IntoResponse, ApiError> {
    let store = state.store();
    blocking(move || Ok(store.write(move |tx| sessions::delete(tx, guest.token_hash))?)).await?;
    Ok((StatusCode::NO_CONTENT, jar.add(removed_cookie(&guest.event.share_code))))
}
