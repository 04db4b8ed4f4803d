//! Pages that belong to no event: the home page, and the account's.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;

use crate::config::Registration;
use crate::passwords;
use crate::web::access::caller::identify;
use crate::web::http::i18n::locale;
use crate::web::http::page;
use crate::web::{ApiError, AppState};

const HOME: &str = include_str!("../../../assets/home/home.html");
const ACCOUNT: &str = include_str!("../../../assets/account/account.html");

/// The page for visitors without a link, with the events they have visited.
pub(crate) async fn home(state: &AppState, parts: &Parts) -> Result<Response, ApiError> {
    let signed_in = identify(parts, state).await?.signed_in.is_some();
    let more = serde_json::json!({ "signed_in": signed_in });
    Ok(page::localised(HOME, locale(&parts.headers), &["home", "page"], more))
}

/// Where users sign in and find their photos, selfie and Drive searches.
pub(crate) async fn account(State(state): State<AppState>, parts: Parts) -> Result<Response, ApiError> {
    let more = serde_json::json!({
        "signed_in": identify(&parts, &state).await?.signed_in.is_some(),
        "google": state.0.settings.provider.is_some(),
        "registration": match state.config().accounts.registration {
            Registration::Open => "open",
            Registration::Closed => "closed",
        },
        "drive": state.0.settings.drive.is_some(),
        "least_password": passwords::min_account_chars(state.place()),
    });
    let words = ["account", "home", "lightbox", "page", "photo"];
    Ok(page::localised(ACCOUNT, locale(&parts.headers), &words, more))
}
