//! HTML of the photographer's pages and of the live wall, filled in the browser's language. Their data comes from the
//! API, which checks who asks.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;

use crate::domain::EventId;
use crate::intake::CLUTTER;
use crate::limits::GUESSES;
use crate::passwords;
use crate::store::users;
use crate::web::access::caller::identify;
use crate::web::http::i18n::locale;
use crate::web::http::page;
use crate::web::{ApiError, AppState, ErrorCode, Locale};

const STUDIO: &str = include_str!("../../../assets/studio/studio.html");
const PRINT: &str = include_str!("../../../assets/print/print.html");
const WALL: &str = include_str!("../../../assets/wall/wall.html");

/// The studio: one page, whose views follow the URL's fragment.
pub(crate) async fn studio(State(state): State<AppState>, parts: Parts) -> Result<Response, ApiError> {
    // Spares the page requests that would be refused.
    let signed_in = identify(&parts, &state).await?.signed_in.is_some();
    let admin = state.read(users::first_admin).await?;
    let (free, pause) = GUESSES.address_budget;
    let more = serde_json::json!({
        "signed_in": signed_in,
        "has_admin": admin.is_some(),
        // What a guesser gets at one address, whatever devices it invents.
        "clutter": CLUTTER,
        "least_event_password": passwords::min_event_chars(state.place()),
        "guesses": { "free": free, "pause_seconds": pause.as_secs_f64() },
    });
    Ok(page::localised(STUDIO, locale(&parts.headers), &["source", "studio", "upload", "venue"], more))
}

/// The page for printed sheets, with the texts of all languages: a sheet's language need not be the page's.
pub(crate) async fn print(headers: HeaderMap) -> Response {
    let texts: serde_json::Map<_, _> = Locale::ALL
        .iter()
        .map(|one| (one.tag().to_owned(), serde_json::json!(one.texts(&["print", "source"]))))
        .collect();
    page::localised(PRINT, locale(&headers), &["print"], serde_json::json!({ "texts": texts }))
}

/// The live wall of an event. Only the wall's key reveals whether the event exists.
pub(crate) async fn wall(headers: HeaderMap, Path(id): Path<String>) -> Result<Response, ApiError> {
    let id: EventId = id.parse().map_err(|_| ErrorCode::EventNotFound)?;
    let boot = serde_json::json!({ "event": id.as_i64() });
    Ok(page::localised(WALL, locale(&headers), &["wall"], boot))
}
