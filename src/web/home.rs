//! Pages that belong to no event: the first one, and that of accounts.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::response::Response;

use super::error::ApiError;
use crate::config::Registration;
use crate::web::access::caller::identify;
use crate::web::guest::page;
use crate::web::{AppState, Locale};

const HOME: &str = include_str!("../../assets/home/home.html");
const ACCOUNT: &str = include_str!("../../assets/account/account.html");

/// The language that a browser asks for.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Locale::preferred(wanted)
}

/// The page of somebody who has no link, with the events that were visited.
pub(super) async fn home(state: &AppState, parts: &Parts) -> Result<Response, ApiError> {
    let signed_in = identify(parts, state).await?.signed_in.is_some();
    let more = serde_json::json!({ "signed_in": signed_in });
    Ok(page::localised(HOME, locale(&parts.headers), &["home", "page"], more))
}

/// Where people sign in, and find what is theirs.
pub(super) async fn account(State(state): State<AppState>, parts: Parts) -> Result<Response, ApiError> {
    let config = state.config();
    let more = serde_json::json!({
        "signed_in": identify(&parts, &state).await?.signed_in.is_some(),
        "google": state.0.settings.provider.is_some(),
        "registration": match config.accounts.registration {
            Registration::Open => "open",
            Registration::Closed => "closed",
        },
        "drive": state.0.settings.drive.is_some(),
    });
    let words = ["account", "home", "lightbox", "page", "photo"];
    Ok(page::localised(ACCOUNT, locale(&parts.headers), &words, more))
}
