//! The guests' page of an event.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use crate::config::Registration;
use crate::domain::Event;
use crate::store::{browse, selfies, sources};
use crate::web::access::caller::{csrf_token, identify};
use crate::web::access::consent;
use crate::web::access::device;
use crate::web::access::guest_session::{LinkedEvent, guest_session, session_key};
use crate::web::access::moved;
use crate::web::guest::active_faces;
use crate::web::http::i18n::locale;
use crate::web::http::{missing, page};
use crate::web::{ApiError, AppState, ErrorCode};

/// The parts of the dictionary that the page needs.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "browse", "busy", "choose", "closed", "consent", "ended", "faces", "lightbox", "live", "page", "password", "photo",
    "privacy", "results", "saved", "selfie", "send", "tabs", "upload",
];

const SHELL: &str = include_str!("../../../assets/guest/guest.html");

pub(crate) async fn show(State(state): State<AppState>, mut parts: Parts) -> Result<Response, ApiError> {
    let locale = locale(&parts.headers);
    let event = match LinkedEvent::from_request_parts(&mut parts, &state).await {
        Ok(LinkedEvent(event)) => event,
        Err(error) if error.code() == ErrorCode::EventNotFound => {
            return Ok(missing::page(&parts.headers));
        }
        Err(error) => return Err(error),
    };
    if event.moved_to.is_some() {
        return Ok(elsewhere(&event, &parts));
    }
    let guest = guest_session(&mut parts, &state).await;
    let event_id = event.id;
    let progress = state.read(move |db| browse::progress(db, event_id)).await?;
    // A page that is only opened changes nothing: the cookie alone says who is signed in.
    let signed_in = identify(&parts, &state).await?.signed_in;
    let user = signed_in.as_ref().map(|signed_in| signed_in.user.id);
    let selfie = state.read(move |db| user.map_or(Ok(None), |user| selfies::find(db, user))).await?;
    let has_selfie = selfie.is_some_and(|selfie| selfie.refusal.is_none());
    let guests = state.read(move |db| sources::find_guests(db, event_id)).await?;
    let guests = guests.filter(|guests| !guests.paused);
    let boot = serde_json::json!({
        "base": format!("/e/{}", event.share_code),
        "event": {
            "name": event.name,
            "description": event.description,
            "date": event.date.map(|date| date.to_string()),
            "photographer": event.photographer,
            "photographer_link": event.photographer_link,
            "photos": progress.visible,
            "closed": event.closed_at.is_some(),
            "delete_at": event.delete_at.map(|at| at.to_string()),
            "faces_delete_at": event.faces_delete_at.map(|at| at.to_string()),
            "faces_ended": event.faces_deleted_at.is_some(),
            "time_zone": event.time_zone.name(),
            "visibility": event.visibility.as_str(),
            "download": event.download.as_str(),
            "tap_search": event.tap_search && event.faces_deleted_at.is_none(),
        },
        "password_protected": event.password_hash.is_some(),
        "entered": guest.is_ok(),
        "consented": guest.as_ref().is_ok_and(|guest| guest.consent.to_selfies),
        "consent_version": consent::version(&event),
        "searching": guest.is_ok_and(|guest| state.0.active_faces.knows(&guest, state.now())),
        "selfie_hours": active_faces::MAX_AGE.as_secs() / 3600,
        "grace_minutes": active_faces::IDLE_TIMEOUT.as_secs() / 60,
        // Whether guests can have an account: from the provider, or by registering.
        "accounts": state.0.settings.provider.is_some()
            || state.config().accounts.registration == Registration::Open,
        "user": signed_in.as_ref().map(|signed_in| {
            serde_json::json!({ "id": signed_in.user.id.as_i64(), "name": signed_in.user.name })
        }),
        "stored_selfie": has_selfie,
        // Whether guests may send photos.
        "uploads": guests.map(|guests| {
            serde_json::json!({ "held": guests.held, "max_per_guest": guests.max_per_guest })
        }),
        "csrf": signed_in.as_ref().and_then(|signed_in| signed_in.cookie.as_deref()).map(csrf_token),
    });
    let response = page::named(SHELL, locale, &event.name, PARTS, boot);
    Ok(match device::cookie(&parts.headers, &state) {
        Some(cookie) => (CookieJar::new().add(cookie), response).into_response(),
        None => response,
    })
}

/// Sends a guest after the event; one who is inside takes the session along, and all others the key in their link.
fn elsewhere(event: &Event, parts: &Parts) -> Response {
    let key = session_key(&parts.headers);
    let to = moved::location(event, &format!("/e/{}", event.share_code), key.as_deref());
    Redirect::temporary(&to.unwrap_or_default()).into_response()
}
