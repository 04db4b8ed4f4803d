//! The caller: a user by an access token or a browser's cookie, a visitor by an event token; and where a request comes
//! from.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::guest_session::GuestAccess;
use super::{cookies, device};
use crate::auth::{EventGrant, token_hash};
use crate::domain::{Digest, SessionId, User, UserId};
use crate::limits::Client;
use crate::reach::is_local_only;
use crate::store::{events, user_sessions, users};
use crate::web::http::origin::RequestOrigin;
use crate::web::{ApiError, AppState, ErrorCode};

/// The cookie of a signed-in browser.
pub(crate) const SESSION_COOKIE: &str = "fotota_session";
const CSRF_HEADER: &str = "x-csrf-token";
/// Carries an event token beside an access token.
const EVENT_TOKEN_HEADER: &str = "x-event-token";

/// A signed-in user.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: SessionId,
    /// The session cookie, in a browser.
    pub(crate) cookie: Option<String>,
}

/// The user whom the answer's signed URLs are made for. They end with the account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UrlsFor(pub(in crate::web) UserId);

/// What a request says about its caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) signed_in: Option<SignedIn>,
    pub(crate) event: Option<EventGrant>,
    /// Whether the request has an event token, valid or not, and no access token.
    pub(crate) brought_event_token: bool,
}

/// Proves that one of our pages made a request: other sites' pages cannot read it. Bound to the session cookie.
pub(crate) fn csrf_token(cookie: &str) -> String {
    token_hash(&format!("csrf {cookie}")).to_string()
}

/// Identifies the caller. An unknown caller is no error; a browser's write without its CSRF token is.
pub(crate) async fn identify(parts: &Parts, state: &AppState) -> Result<Caller, ApiError> {
    let now = state.now();
    let tokens = &state.0.settings.tokens;
    let mut caller = Caller::default();
    let bearer = bearer(&parts.headers);
    let event_token = text(&parts.headers, EVENT_TOKEN_HEADER);
    caller.brought_event_token = bearer.map_or(event_token.is_some(), |token| !tokens.is_access(token));
    caller.event = bearer.into_iter().chain(event_token).find_map(|token| tokens.read_event(token, now).ok());
    let session = bearer.and_then(|token| tokens.read_access(token, now).ok());
    let cookie =
        CookieJar::from_headers(&parts.headers).get(SESSION_COOKIE).map(|cookie| cookie.value().to_owned());
    if let Some(id) = session {
        let user = state.read(move |db| user_sessions::find_user(db, id, now)).await?;
        caller.signed_in = user.map(|user| SignedIn { user, session: id, cookie: None });
    } else if let (None, Some(cookie)) = (bearer, cookie) {
        let hash = token_hash(&cookie);
        if let Some((session, user)) =
            state.read(move |db| user_sessions::find_browser(db, hash, now)).await?
        {
            let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
            if !reads && text(&parts.headers, CSRF_HEADER) != Some(csrf_token(&cookie).as_str()) {
                return Err(ErrorCode::CsrfTokenRequired.into());
            }
            caller.signed_in = Some(SignedIn { user, session, cookie: Some(cookie) });
        }
    }
    if let Some(EventGrant { user, .. }) = caller.event {
        // Deleting or disabling the account revokes the token.
        let user = state.read(move |db| users::find(db, user)).await?;
        caller.event = caller.event.filter(|_| user.is_some_and(|user| !user.is_disabled));
    }
    Ok(caller)
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether the studio is for this user.
pub(crate) async fn uses_studio(state: &AppState, user: &User) -> Result<bool, ApiError> {
    let id = user.id;
    if user.is_admin { Ok(true) } else { state.read(move |db| events::is_owner_of_any(db, id)).await }
}

/// The cookie that keeps a browser signed in.
pub(crate) fn session_cookie(value: String, state: &AppState) -> Cookie<'static> {
    cookies::new((SESSION_COOKIE, value), "/".into(), state.config().accounts.session())
}

fn origin(parts: &Parts, state: &AppState) -> RequestOrigin {
    RequestOrigin::read(&parts.headers, &parts.extensions, state.config().server.behind_proxy)
}

/// The client whose attempts are counted together, and with whom it shares. Never fails.
pub(crate) struct Origin(pub(in crate::web) Client);

impl FromRequestParts<AppState> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let origin = origin(parts, state);
        // A user's attempts are counted together, whatever the device and address.
        let user = parts.extensions.get::<SignedIn>().map(|SignedIn { user, .. }| (user.id, user.created_at));
        // Without a device cookie the session tells browsers behind one address apart.
        let session = || parts.extensions.get::<GuestAccess>().map(|guest| (guest.token_hash, state.now()));
        let device = device::read(&parts.headers, state).or_else(session);
        Ok(Self(Client { device, user, network: origin.network }))
    }
}

/// The base of URLs in answers: as configured, else the host that the caller named, if it is this computer. Any other
/// name would let a page of another site, or a proxy that is not ours, lead guests elsewhere.
pub(crate) struct BaseUrl(pub(in crate::web) String);

impl FromRequestParts<AppState> for BaseUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let configured =
            state.config().server.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let named = || {
            let host = text(&parts.headers, HOST.as_str())?;
            let scheme = if origin(parts, state).https == Some(true) { "https" } else { "http" };
            state.reach().is_this_computer(host).then(|| format!("{scheme}://{host}"))
        };
        Ok(Self(configured.or_else(named).unwrap_or_else(|| state.reach().base_url())))
    }
}

/// The base of URLs for guests, whatever host the caller named: that one may be known to this computer alone. Behind a
/// proxy without `server.public_url` only the request knows how guests come.
pub(crate) struct GuestsUrl(pub(in crate::web) String);

impl FromRequestParts<AppState> for GuestsUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let named = if state.config().server.behind_proxy {
            Some(BaseUrl::from_request_parts(parts, state).await?.0).filter(|url| !is_local_only(url))
        } else {
            None
        };
        Ok(Self(named.unwrap_or_else(|| state.reach().base_url())))
    }
}

/// Counts attempts for a login, whether its account exists or not.
pub(crate) fn login_digest(login: &str) -> Digest {
    token_hash(&login.trim().to_lowercase())
}
