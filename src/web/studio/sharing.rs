//! Ways to bring guests to an event: links, one-time invitations and QR codes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{new_secret_text, token_hash};
use crate::domain::Event;
use crate::share;
use crate::store::invitations;
use crate::web::access::caller::GuestsUrl;
use crate::web::http::validate::{Issues, Valid, Validate, invalid};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// Links to an event.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sharing {
    /// The guests' page, which asks for the password if there is one.
    link: String,
    /// The guests' page, with an entry key after the `#` that replaces the password.
    keyed_link: String,
    /// The guests' page by the name that the server announces in the local network, if it does.
    #[schema(required = true)]
    named_link: Option<String>,
    /// Leads to the mobile app or to the guests' page.
    short_link: String,
    /// The live wall, with its key.
    wall_link: String,
}

/// Returns the links to an event. A new password changes the links that carry a key.
#[utoipa::path(get, path = "/events/{event_id}/sharing", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, body = Sharing)))]
pub(crate) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Json<Sharing> {
    let local_url = state.reach().current().local_url;
    let wall_key = state.0.settings.entry_keys.wall_key(&event);
    Json(Sharing {
        link: share::event_link(&base, &event.share_code),
        keyed_link: keyed_link(&state, &base, &event),
        named_link: local_url.map(|url| share::event_link(&url, &event.share_code)),
        short_link: share::short_link(&base, &event.share_code),
        wall_link: format!("{base}/wall/{}#k={wall_key}", event.id),
    })
}

/// The guests' link, with an entry key if there is a password.
pub(crate) fn keyed_link(state: &AppState, base: &str, event: &Event) -> String {
    let link = share::event_link(base, &event.share_code);
    if event.password_hash.is_none() {
        return link;
    }
    with_key(&link, &state.0.settings.entry_keys.key(event))
}

/// Browsers never send the part after the `#`, so that keys stay out of logs.
fn with_key(link: &str, key: &str) -> String {
    format!("{link}#k={key}")
}

/// A link that admits one guest.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitation {
    link: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Creates a link that admits one guest without the password, once, within a day. A new password revokes it.
#[utoipa::path(post, path = "/events/{event_id}/invitations", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 201, body = Invitation)))]
pub(crate) async fn invite(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    GuestsUrl(base): GuestsUrl,
) -> Result<(StatusCode, Json<Invitation>), ApiError> {
    let token = new_secret_text();
    let link = with_key(&share::event_link(&base, &event.share_code), &token);
    let (now, hash) = (state.now(), token_hash(&token));
    let expires_at = state.write(move |db| invitations::insert(db, hash, &event, now)).await?;
    let expires_at = expires_at.ok_or(ErrorCode::EventNotFound)?.to_string();
    Ok((StatusCode::CREATED, Json(Invitation { link, expires_at })))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct QrRequest {
    /// The content of the code.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
}

impl Validate for QrRequest {
    fn check(&self, issues: &mut Issues) {
        let fits = (1..=2000).contains(&self.text.chars().count());
        issues.expect(fits, "text", "string_length", "expected 1 to 2000 characters");
    }
}

/// Draws a QR code as SVG.
#[utoipa::path(post, path = "/studio/qr", tag = "studio", request_body = QrRequest,
    responses((status = 200, content_type = "image/svg+xml", body = String)))]
pub(crate) async fn draw_qr(Valid(request): Valid<QrRequest>) -> Result<impl IntoResponse, ApiError> {
    let picture = share::svg_qr(&request.text);
    let picture = picture.ok_or_else(|| invalid("body", "text", "value", "is too long for a QR code"))?;
    Ok(([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")], picture))
}
