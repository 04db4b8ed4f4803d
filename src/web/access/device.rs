//! A browser's device cookie: a random number with a time, signed. It tells browsers behind one address apart when
//! attempts are counted, and says nothing else.

use std::time::Duration;

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::cookies;
use crate::auth::{new_secret_text, token_hash};
use crate::domain::{Digest, Timestamp};
use crate::web::AppState;

const COOKIE: &str = "fotota_device";
/// No longer than an event.
const LIFETIME: Duration = Duration::from_hours(24);

/// The device, and since when it is known; `None` without a valid cookie.
pub(crate) fn read(headers: &HeaderMap, state: &AppState) -> Option<(Digest, Timestamp)> {
    let jar = CookieJar::from_headers(headers);
    let (id, query) = jar.get(COOKIE)?.value().split_once('?')?;
    let (since, rest) = id.split_once('.')?;
    let since = Timestamp::from_unix_ms(since.parse().ok()?);
    let (expires, signature) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    // Signatures expire sooner than devices, so this one is checked as of its own time.
    let (links, signed) = (&state.0.settings.links, (expires.parse().ok()?, signature));
    links.check(&path(since, rest), "device", signed, since).ok()?;
    (state.now().since(since) < LIFETIME).then(|| (token_hash(rest), since))
}

/// A cookie for a browser that has none.
pub(crate) fn cookie(headers: &HeaderMap, state: &AppState) -> Option<Cookie<'static>> {
    if read(headers, state).is_some() {
        return None;
    }
    let (now, id) = (state.now(), new_secret_text());
    let query = state.0.settings.links.sign(&path(now, &id), "device", now);
    let value = format!("{}.{id}?{query}", now.unix_ms());
    Some(cookies::new((COOKIE, value), "/".into(), LIFETIME))
}

fn path(since: Timestamp, id: &str) -> String {
    format!("{}.{id}", since.unix_ms())
}
