//! Who is asking: a user by an access token or a browser's cookie, a visitor of an event by its token, and from where.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::auth::{EventGrant, token_hash};
use crate::domain::{Digest, SessionId, User};
use crate::limits::Client;
use crate::share;
use crate::store::{user_sessions, users};
use crate::web::AppState;
use crate::web::access::device;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::invalid;

/// The cookie of a signed-in browser.
pub(in crate::web) const SESSION_COOKIE: &str = "fotota_session";
const CSRF_HEADER: &str = "x-csrf-token";
/// An event token beside an access token.
const EVENT_TOKEN_HEADER: &str = "x-event-token";

/// A user who is signed in.
#[derive(Clone, Debug)]
pub(in crate::web) struct SignedIn {
    pub(in crate::web) user: User,
    pub(in crate::web) session: SessionId,
    /// The browser's cookie, where that is how.
    pub(in crate::web) cookie: Option<String>,
}

/// What a request says about who makes it.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Caller {
    pub(in crate::web) signed_in: Option<SignedIn>,
    pub(in crate::web) event: Option<EventGrant>,
}

/// Proves that a page of ours wrote: other sites' pages cannot read it. Bound to the cookie.
pub(in crate::web) fn csrf_token(cookie: &str) -> String {
    token_hash(&format!("csrf {cookie}")).to_string()
}

/// Finds out who is asking; nobody is no error, a browser's write without its token is.
pub(in crate::web) async fn identify(parts: &Parts, state: &AppState) -> Result<Caller, ApiError> {
    let now = state.now();
    let tokens = &state.0.settings.tokens;
    let mut caller = Caller::default();
    let bearer = bearer(&parts.headers);
    let event_token = text(&parts.headers, EVENT_TOKEN_HEADER);
    caller.event = bearer.into_iter().chain(event_token).find_map(|token| tokens.read_event(token, now).ok());
    let session = bearer.and_then(|token| tokens.read_access(token, now).ok());
    let cookie =
        CookieJar::from_headers(&parts.headers).get(SESSION_COOKIE).map(|cookie| cookie.value().to_owned());
    let store = state.store();
    if let Some(id) = session {
        let user = blocking(move || Ok(store.read(|c| user_sessions::find_user(c, id, now))?)).await?;
        caller.signed_in = user.map(|user| SignedIn { user, session: id, cookie: None });
    } else if let (None, Some(cookie)) = (bearer, cookie) {
        let hash = token_hash(&cookie);
        let found = blocking(move || Ok(store.read(|c| user_sessions::find_browser(c, hash, now))?)).await?;
        if let Some((session, user)) = found {
            let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
            if !reads && text(&parts.headers, CSRF_HEADER) != Some(csrf_token(&cookie).as_str()) {
                return Err(ErrorCode::CsrfTokenRequired.into());
            }
            caller.signed_in = Some(SignedIn { user, session, cookie: Some(cookie) });
        }
    }
    if let Some(EventGrant { user, .. }) = caller.event {
        // A token outlives neither the account nor its being disabled.
        let store = state.store();
        let user = blocking(move || Ok(store.read(|c| users::find(c, user))?)).await?;
        caller.event = caller.event.filter(|_| user.is_some_and(|user| !user.is_disabled));
    }
    Ok(caller)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The cookie that keeps a browser signed in.
pub(in crate::web) fn session_cookie(value: String, state: &AppState) -> Cookie<'static> {
    let seconds = i64::try_from(state.config().accounts.session().as_secs()).unwrap_or(i64::MAX);
    Cookie::build((SESSION_COOKIE, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.is_https())
        .max_age(time::Duration::seconds(seconds))
        .build()
}

/// Whose tries are counted together: never an error.
pub(in crate::web) struct Origin(pub(in crate::web) Client);

impl FromRequestParts<AppState> for Origin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let device = device::read(&parts.headers, state);
        Ok(Self(Client { device, user: None, address: address(parts, state.config().server.behind_proxy) }))
    }
}

/// A proxy in front appends whom it was asked by; what stands before that anybody may have written.
fn address(parts: &Parts, behind_proxy: bool) -> IpAddr {
    // Some proxies append to the line that they were given, others add one.
    let lines = parts.headers.get_all("x-forwarded-for").iter();
    let last = lines.filter_map(|line| line.to_str().ok()).next_back().filter(|_| behind_proxy);
    let forwarded = last.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    household(forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// In IPv6 everybody has 2^64 addresses to choose from: what they are given is the network.
pub(in crate::web) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

/// How the caller reaches us, for addresses in answers: as configured, else as it said itself.
pub(in crate::web) struct BaseUrl(pub(in crate::web) String);

impl FromRequestParts<AppState> for BaseUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let configured =
            state.config().server.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let host = text(&parts.headers, HOST.as_str());
        let host = host.filter(|host| host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c)));
        let asked = host.filter(|host| !host.is_empty()).map(|host| format!("http://{host}"));
        Ok(Self(configured.or(asked).unwrap_or_else(|| state.0.settings.base_url.clone())))
    }
}

/// How guests reach us: whoever asks on this computer itself may name it as no other can.
pub(in crate::web) struct GuestsUrl(pub(in crate::web) String);

impl FromRequestParts<AppState> for GuestsUrl {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let BaseUrl(base) = BaseUrl::from_request_parts(parts, state).await?;
        let known = state.0.settings.base_url.trim_end_matches('/');
        Ok(Self(if share::is_local_only(&base) { known.to_owned() } else { base }))
    }
}

/// A signed-in user's tries are counted together, wherever they come from.
pub(in crate::web) fn client_of(client: Client, user: &User) -> Client {
    Client { user: Some((user.id, user.created_at)), ..client }
}

/// The number in a path; `None` for a number that no id has.
pub(in crate::web) fn number_in_path<T: std::str::FromStr>(
    text: &str,
    name: &str,
) -> Result<Option<T>, ApiError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("path", name, "int_parsing", "expected a whole number"));
    }
    Ok(text.parse().ok())
}

/// What is counted for an account that may not exist.
pub(in crate::web) fn login_digest(login: &str) -> Digest {
    token_hash(&login.trim().to_lowercase())
}
