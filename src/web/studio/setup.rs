//! The page of the one-time set-up link, where the first admin creates an account.

use axum::http::HeaderMap;
use axum::response::Response;

use crate::web::http::i18n::locale;
use crate::web::http::page;

const SHELL: &str = include_str!("../../../assets/setup/setup.html");

/// Returns the page of the one-time set-up link.
#[utoipa::path(get, path = "/setup", tag = "accounts",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn show(headers: HeaderMap) -> Response {
    page::localised(SHELL, locale(&headers), &["page", "setup"], serde_json::Value::Null)
}
