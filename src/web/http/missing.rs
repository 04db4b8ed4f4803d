//! Answers for URLs that lead nowhere: a page for browsers, an error for programs.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::i18n::locale;
use super::page;
use crate::web::{ApiError, ErrorCode};

const SHELL: &str = include_str!("../../../assets/home/missing.html");

/// The page.
pub(crate) fn page(headers: &HeaderMap) -> Response {
    (StatusCode::NOT_FOUND, Html(page::fill(SHELL, locale(headers), &[]))).into_response()
}

/// For URLs without a route. One that ends with a slash leads to the same one without, with method and body (307).
pub(crate) async fn not_found(uri: Uri, headers: HeaderMap) -> Response {
    let without = uri.path().trim_end_matches('/');
    if without != uri.path() && !without.is_empty() {
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        // One slash at the start: two would name another host.
        let path = without.trim_start_matches(['/', '\\']);
        return Redirect::temporary(&format!("/{path}{query}")).into_response();
    }
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        page(&headers)
    } else {
        ApiError::from(ErrorCode::PageNotFound).into_response()
    }
}
