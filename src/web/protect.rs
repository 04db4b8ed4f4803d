//! What protects every route: headers that keep pages among themselves, and refusal of writes that other sites' pages
//! make in a guest's browser.

use axum::extract::Request;
use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::{ApiError, ErrorCode};

/// Pages run our scripts and styles alone, show our pictures alone, and stand in nobody's frame.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
                              connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The link is a secret: it must not travel to other sites.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

pub(super) async fn refuse_foreign_writes(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && is_foreign(request.headers()) {
        return ApiError::from(ErrorCode::ForeignOrigin).into_response();
    }
    next.run(request).await
}

/// True when a browser says that another site's page made the request. Clients that are no browsers say nothing.
fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |value: Option<&HeaderValue>| value.and_then(|value| value.to_str().ok().map(str::to_owned));
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let (origin, host) = (text(Some(origin)), text(headers.get(HOST)));
    let origin_host = origin.as_deref().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin_host.is_none() || origin_host != host.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_write() {
        let foreign = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("192.168.1.7:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            is_foreign(&headers)
        };
        assert!(!foreign(None));
        assert!(!foreign(Some("http://192.168.1.7:8080")));
        for origin in
            ["http://evil.example", "null", "http://192.168.1.7:8080.evil.example", "http://192.168.1.7"]
        {
            assert!(foreign(Some(origin)), "{origin}");
        }
    }
}
