//! What a phone needs to put the guests' page of an event among its apps.

use axum::extract::FromRequestParts as _;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use crate::web::access::guest_session::LinkedEvent;
use crate::web::http::assets;
use crate::web::http::i18n::locale;
use crate::web::{ApiError, AppState};

/// The ground of the page, `--ground` in `assets/shared/base.css`.
const GROUND: &str = "#faf8f5";

/// The web app manifest. Browsers ask for it without cookies, so it says no more than the page says to everybody.
pub(crate) async fn show(State(state): State<AppState>, mut parts: Parts) -> Result<Response, ApiError> {
    let LinkedEvent(event) = LinkedEvent::from_request_parts(&mut parts, &state).await?;
    let page = format!("/e/{}", event.share_code);
    let icon = |side: u32, purpose: &str| {
        serde_json::json!({
            "src": format!("{}/guest/icon-{side}.png", *assets::BASE),
            "sizes": format!("{side}x{side}"),
            "type": "image/png",
            "purpose": purpose,
        })
    };
    let manifest = serde_json::json!({
        "id": page,
        "name": event.name,
        "lang": locale(&parts.headers).tag(),
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": GROUND,
        "icons": [icon(192, "any"), icon(512, "any"), icon(512, "maskable")],
    });
    Ok(([(CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response())
}
