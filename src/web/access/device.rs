//! A browser's device cookie: a random number that we signed, with the time. It tells browsers behind one address
//! apart when tries are counted, and says nothing else.

use std::time::Duration;

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::auth::{new_secret_text, token_hash};
use crate::domain::{Digest, Timestamp};
use crate::web::AppState;

const COOKIE: &str = "fotota_device";
/// In hours: no longer than an event lasts.
const LASTS_HOURS: u32 = 24;

/// The device, and since when it is known; `None` without a cookie of ours.
pub(in crate::web) fn read(headers: &HeaderMap, state: &AppState) -> Option<(Digest, Timestamp)> {
    let jar = CookieJar::from_headers(headers);
    let (id, query) = jar.get(COOKIE)?.value().split_once('?')?;
    let (since, rest) = id.split_once('.')?;
    let since = Timestamp::from_unix_ms(since.parse().ok()?);
    let (expires, signature) = query.strip_prefix("exp=")?.split_once("&sig=")?;
    // The device has its own time, longer than an address's: of the signature's time only that it is as signed counts.
    let (links, signed) = (&state.0.settings.links, (expires.parse().ok()?, signature));
    links.check(&path(since, rest), "device", signed, since).ok()?;
    let lasts = Duration::from_secs(u64::from(LASTS_HOURS) * 3600);
    (state.now().since(since) < lasts).then(|| (token_hash(rest), since))
}

/// A cookie for a browser that has none.
pub(in crate::web) fn cookie(headers: &HeaderMap, state: &AppState) -> Option<Cookie<'static>> {
    if read(headers, state).is_some() {
        return None;
    }
    let (now, id) = (state.now(), new_secret_text());
    let query = state.0.settings.links.sign(&path(now, &id), "device", now);
    let value = format!("{}.{id}?{query}", now.unix_ms());
    Some(
        Cookie::build((COOKIE, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(state.is_https())
            .max_age(time::Duration::hours(LASTS_HOURS.into()))
            .build(),
    )
}

fn path(since: Timestamp, id: &str) -> String {
    format!("{}.{id}", since.unix_ms())
}
