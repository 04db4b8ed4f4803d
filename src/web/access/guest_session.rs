//! The event of a guests' link, and a guest's session in it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::consent::Consent;
use super::cookies;
use super::moved::expect_here;
use crate::auth::{new_secret_text, token_hash};
use crate::domain::{Digest, Event, ShareCode};
use crate::store::{events, sessions};
use crate::web::http::validate::path_param;
use crate::web::{ApiError, AppState, ErrorCode};

const COOKIE: &str = "fotota_guest";

/// The event whose share code is in the path.
pub(crate) struct LinkedEvent(pub(in crate::web) Event);

impl FromRequestParts<AppState> for LinkedEvent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let code = share_code(parts).await?;
        let event = state.read(move |db| events::find_by_share_code(db, &code)).await?;
        Ok(Self(event.ok_or(ErrorCode::EventNotFound)?))
    }
}

async fn share_code(parts: &mut Parts) -> Result<ShareCode, ApiError> {
    let code = path_param(parts, "share_code").await.and_then(|text| text.parse().ok());
    code.ok_or_else(|| ErrorCode::EventNotFound.into())
}

/// A guest who has entered the event of the link.
#[derive(Clone)]
pub(crate) struct GuestAccess {
    pub(crate) event: Arc<Event>,
    pub(crate) token_hash: Digest,
    pub(crate) consent: Consent,
}

/// The guest whose cookie the request carries.
pub(crate) async fn guest_session(parts: &mut Parts, state: &AppState) -> Result<GuestAccess, ApiError> {
    let code = share_code(parts).await?;
    let jar = CookieJar::from_headers(&parts.headers);
    // No token has the hash of the empty one.
    let (token_hash, now) = (token_hash(jar.get(COOKIE).map_or("", Cookie::value)), state.now());
    let entered = state.recall(
        |recall| &recall.guests,
        (code, token_hash),
        move |db, (code, token_hash)| {
            let Some(event) = events::find_by_share_code(db, &code)? else { return Ok(None) };
            Ok(Some((Arc::new(event), sessions::find(db, token_hash, now)?)))
        },
    );
    let (event, session) = entered.await?.ok_or(ErrorCode::EventNotFound)?;
    let key = jar.get(COOKIE).map(Cookie::value).filter(|_| session.is_some());
    expect_here(&event, &format!("/e/{}", event.share_code), key)?;
    // Guests may still delete what is theirs.
    if event.closed_at.is_some() && parts.method != Method::DELETE {
        return Err(ErrorCode::EventClosed.into());
    }
    let session = session.filter(|session| session.event_id == event.id && session.expires_at > now);
    let session = session.ok_or(ErrorCode::SessionRequired)?;
    let consent = Consent::of(session.consent_version.as_deref());
    Ok(GuestAccess { event, token_hash, consent })
}

/// A new session's cookie, and the token's hash under which the session is stored.
pub(crate) fn new_token(code: &ShareCode, state: &AppState) -> (Cookie<'static>, Digest) {
    let token = new_secret_text();
    let hash = token_hash(&token);
    let lifetime = state.config().privacy.guest_session();
    (cookies::new((COOKIE, token), format!("/e/{code}"), lifetime), hash)
}

/// Deletes the session's cookie.
pub(crate) fn removed_cookie(code: &ShareCode) -> Cookie<'static> {
    cookies::removal(COOKIE, format!("/e/{code}"))
}

/// What the guest's cookie carries.
pub(crate) fn session_key(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}
