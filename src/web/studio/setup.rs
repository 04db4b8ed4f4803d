//! The page of the one-time set-up link, where the first admin creates an account.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::passwords;
use crate::web::AppState;
use crate::web::http::i18n::locale;
use crate::web::http::page;

const SHELL: &str = include_str!("../../../assets/setup/setup.html");

/// Returns the page of the one-time set-up link.
#[utoipa::path(get, path = "/setup", tag = "accounts",
    responses((status = 200, content_type = "text/html", body = String)))]
pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let more = serde_json::json!({ "least_password": passwords::min_account_chars(state.place()) });
    page::localised(SHELL, locale(&headers), &["page", "setup"], more)
}
