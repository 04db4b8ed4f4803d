//! Cookies: scripts cannot read them, and other sites' requests carry them only when they navigate here. With HTTPS
//! [`protect`](crate::web::http::protect) keeps them from plain HTTP.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, SameSite};

/// A cookie for all paths below `path`.
pub(crate) fn new(
    (name, value): (&'static str, String),
    path: String,
    lifetime: Duration,
) -> Cookie<'static> {
    Cookie::build((name, value))
        .path(path)
        .http_only(true)
        // Not strict: the sign-in provider redirects back from another site.
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX)))
        .build()
}

/// Makes a browser delete a cookie.
pub(crate) fn removal(name: &'static str, path: String) -> Cookie<'static> {
    Cookie::build((name, "")).path(path).removal().build()
}
