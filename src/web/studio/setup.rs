//! The page behind the one-time set-up link, where the first admin's account is made.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::response::Response;

use crate::web::Locale;
use crate::web::guest::page;

const SHELL: &str = include_str!("../../../assets/setup/setup.html");

/// The page behind the one-time set-up link.
#[utoipa::path(get, path = "/setup", tag = "accounts",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(in crate::web) async fn show(headers: HeaderMap) -> Response {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    page::localised(SHELL, Locale::preferred(wanted), &["page", "setup"], serde_json::Value::Null)
}
