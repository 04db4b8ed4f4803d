//! Who is asking: the event of a link, and the guest's session in it.

use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::auth::{new_secret_text, token_hash};
use crate::domain::{Digest, Event, ShareCode};
use crate::store::{events, sessions};
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::page;

const COOKIE: &str = "fotota_guest";

/// The event that the path names.
pub(in crate::web) struct LinkedEvent(pub(in crate::web) Event);

impl FromRequestParts<AppState> for LinkedEvent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ErrorCode::EventNotFound)?;
        let text = params.iter().find(|(name, _)| *name == "share_code").map(|(_, value)| value);
        let code: ShareCode = text.and_then(|text| text.parse().ok()).ok_or(ErrorCode::EventNotFound)?;
        let store = state.store();
        let found =
            blocking(move || Ok(store.read(|connection| events::find_by_share_code(connection, &code))?));
        Ok(Self(found.await?.ok_or(ErrorCode::EventNotFound)?))
    }
}

/// A guest who has entered the event that the path names.
#[derive(Clone)]
pub(in crate::web) struct GuestAccess {
    pub(in crate::web) event: Event,
    pub(in crate::web) token_hash: Digest,
    pub(in crate::web) consented: bool,
}

/// The guest whose cookie the request carries, in the event that the path names.
pub(in crate::web) async fn guest_session(
    parts: &mut Parts,
    state: &AppState,
) -> Result<GuestAccess, ApiError> {
    let LinkedEvent(event) = LinkedEvent::from_request_parts(parts, state).await?;
    // Whoever wants to be forgotten can be.
    if event.closed_at.is_some() && parts.method != Method::DELETE {
        return Err(ErrorCode::EventClosed.into());
    }
    let jar = CookieJar::from_headers(&parts.headers);
    let token_hash =
        jar.get(COOKIE).map(|cookie| token_hash(cookie.value())).ok_or(ErrorCode::SessionRequired)?;
    let (store, now) = (state.store(), state.now());
    let found = blocking(move || {
        Ok(store.read(|connection| sessions::find(connection, token_hash, page::CONSENT_VERSION, now))?)
    });
    let session = found.await?.filter(|session| session.event_id == event.id);
    let session = session.ok_or(ErrorCode::SessionRequired)?;
    Ok(GuestAccess { event, token_hash, consented: session.consented })
}

/// A new session's token: the cookie that carries it, and the hash under which the session is kept.
pub(in crate::web) fn new_token(
    code: &ShareCode,
    lasts: Duration,
    secure: bool,
) -> (Cookie<'static>, Digest) {
    let token = new_secret_text();
    let token_hash = token_hash(&token);
    let seconds = i64::try_from(lasts.as_secs()).unwrap_or(i64::MAX);
    let cookie = Cookie::build((COOKIE, token))
        .path(format!("/e/{code}"))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(time::Duration::seconds(seconds))
        .build();
    (cookie, token_hash)
}

/// Takes the session's cookie away.
pub(in crate::web) fn removed_cookie(code: &ShareCode) -> Cookie<'static> {
    Cookie::build((COOKIE, "")).path(format!("/e/{code}")).removal().build()
}
