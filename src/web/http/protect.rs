//! Protects every route: headers that isolate our pages, and rejection of writes that other sites' pages make in a
//! guest's browser.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Entry, HOST, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use axum::response::{IntoResponse, Response};

use super::origin::RequestOrigin;
use crate::config::{Bucket, Config};
use crate::web::{ApiError, ErrorCode};

/// Pages load scripts, styles and pictures from this server only, and cannot be framed. Where pictures may come from
/// stands last: a bucket's origin is appended.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                              manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                              img-src 'self' blob: data:";

/// Selfies and time codes come from the camera; pages use nothing else of a phone.
const ALLOWED_DEVICES: &str = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()";
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// A browser that has seen it asks by HTTPS alone for half a year.
const HTTPS_ONLY: &str = "max-age=15552000";

/// Read by nginx, which holds answers back otherwise.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers a request, with the headers that isolate our pages.
pub(crate) async fn add_headers<A: Future<Output = Response>>(
    config: Arc<Config>,
    request: Request,
    next: impl FnOnce(Request) -> A,
) -> Response {
    let server = &config.server;
    let origin = RequestOrigin::read(request.headers(), request.extensions(), server.behind_proxy);
    let configured = || server.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let https = origin.https.unwrap_or_else(configured);
    let is_lasting = https && is_of_public_url(request.headers(), server.public_url.as_deref());
    let mut response = next(request).await;
    let headers = response.headers_mut();
    if https {
        make_cookies_secure(headers);
    }
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        headers.insert(BUFFERING, HeaderValue::from_static("no"));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| content_policy(&config));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Links to events are secrets: other sites must not see them.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(PERMISSIONS, HeaderValue::from_static(ALLOWED_DEVICES));
    if is_lasting {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    // Answers are for their caller only, unless they say otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn content_policy(config: &Config) -> HeaderValue {
    let bucket = config.storage.bucket.as_ref().and_then(Bucket::origin);
    let policy = bucket.and_then(|origin| HeaderValue::from_str(&format!("{CONTENT_POLICY} {origin}")).ok());
    policy.unwrap_or(HeaderValue::from_static(CONTENT_POLICY))
}

/// Whether the request names the host of an `https://` URL that the operator has promised. Names in a local network,
/// and those of a generated authority, may be without a certificate tomorrow.
fn is_of_public_url(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let url = public_url.and_then(|url| url.strip_prefix("https://"));
    host.zip(url).is_some_and(|(host, url)| url.trim_end_matches('/').eq_ignore_ascii_case(host))
}

/// So that browsers never send them over plain HTTP.
fn make_cookies_secure(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut cookies) = headers.entry(SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            let secure = [cookie.as_bytes(), b"; Secure"].concat();
            if let Ok(secure) = HeaderValue::from_bytes(&secure) {
                *cookie = secure;
            }
        }
    }
}

/// HTTP/1.1 requires one `Host` (RFC 9112, 3.2). Of two, a proxy may believe another one than this server.
pub(crate) fn refuse_missing_host(request: &Request) -> Option<Response> {
    let hosts = request.headers().get_all(HOST).iter().count();
    let is_old = request.version() < Version::HTTP_11;
    let is_right = hosts == 1 || (hosts == 0 && is_old);
    (!is_right).then(|| ApiError::from(ErrorCode::HostRequired).into_response())
}

pub(crate) fn refuse_foreign_write(config: &Config, request: &Request) -> Option<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let refused = !reads && is_foreign(request.headers(), config.server.public_url.as_deref());
    refused.then(|| ApiError::from(ErrorCode::ForeignOrigin).into_response())
}

/// Whether a browser says that another site's page made the request; other clients send no `Origin`. A proxy may use
/// another host name than its clients do: then `public_url` names our pages.
fn is_foreign(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |value: Option<&HeaderValue>| value.and_then(|value| value.to_str().ok().map(str::to_owned));
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let (origin, host) = (text(Some(origin)), text(headers.get(HOST)));
    let origin_host = origin.as_deref().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let ours = public_url.is_some_and(|url| Some(url.trim_end_matches('/')) == origin.as_deref());
    !ours && (origin_host.is_none() || origin_host != host.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cookie_becomes_secure() {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("a=1; Path=/"));
        headers.append(SET_COOKIE, HeaderValue::from_static("b=2"));
        make_cookies_secure(&mut headers);
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Path=/; Secure", "b=2; Secure"]);
    }

    #[test]
    fn browsers_remember_https_only_for_the_promised_name() {
        let lasts = |host: &'static str, url| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            is_of_public_url(&headers, url)
        };
        assert!(lasts("Photos.example", Some("https://photos.example/")));
        assert!(!lasts("photos.example", Some("http://photos.example")));
        assert!(!lasts("fotota.local", Some("https://photos.example")));
        assert!(!lasts("photos.example", None));
    }

    #[test]
    fn only_our_pages_may_write() {
        let foreign = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("192.168.1.7:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            is_foreign(&headers, Some("https://photos.example/"))
        };
        assert!(!foreign(None));
        assert!(!foreign(Some("http://192.168.1.7:8080")));
        assert!(!foreign(Some("https://photos.example")));
        for origin in
            ["http://evil.example", "null", "http://192.168.1.7:8080.evil.example", "http://192.168.1.7"]
        {
            assert!(foreign(Some(origin)), "{origin}");
        }
    }
}
