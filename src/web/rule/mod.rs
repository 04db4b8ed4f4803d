//! Who may call a route. Every route has a [`Rule`], which is checked before its handler runs. What the rule found (the
//! user, the event, the photo) is handed to the handler, which cannot get it otherwise.

mod check;
mod grant;
mod trail;

use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::error::ApiError;
use super::error_code::ErrorCode;
use crate::limits::Holder;
use crate::web::access::caller::Origin;
use crate::web::access::guest_session::GuestAccess;
use crate::web::http::holder;
use crate::web::http::pace::PacedBody;
use check::check;
use trail::{answered, leave, trail};

pub(in crate::web) use grant::{OpenEvent, OwnPhoto, OwnSearch};
pub(in crate::web) use trail::Created;
pub use trail::audited_action;

/// Carries the key of an event's live wall.
pub(super) const WALL_COOKIE: &str = "fotota_wall";

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Every caller.
    Everyone,
    /// Every holder of a signed URL, until it expires or its user's account is disabled; the handler checks the
    /// signature.
    SignedUrl,
    /// A guest who has entered the event of the link.
    Guest,
    /// The same, and signed in with the same browser.
    SignedInGuest,
    /// A signed-in user.
    User,
    /// A user who may create events.
    Admin,
    /// An admin, or a user who owns an event: the studio's users. Owners who are no longer admins keep their events.
    StudioUser,
    /// The user who owns the event.
    EventOwner,
    /// The holder of an event token, a user inside the event, and its owner. Guests have routes of their own.
    EventVisitor,
    /// A user inside the event, by visit or token, and its owner.
    VisitingUser,
    /// The holder of the live wall's key, and the event's owner.
    Wall,
    /// A guest who has entered the event of the link, where guests may send photos.
    SendingGuest,
    /// A contributor, by an upload link.
    Contributor,
    /// The user who owns the event that the photo is in.
    PhotoOwner,
    /// The user who started the Drive search.
    DriveSearcher,
    /// Another FotoTa, with the token of an address that takes one event.
    Receiver,
    /// Whom the configuration lets read metrics.
    Metrics,
}

/// Middleware around every handler.
pub(super) async fn admit(rule: Rule, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(Extension(state)) = Extension::<AppState>::from_request_parts(&mut parts, &()).await.ok() else {
        return ApiError::from(ErrorCode::Internal).into_response();
    };
    let checked = check(rule, &mut parts, &state).await;
    let trail = trail(rule, &mut parts, &state).await;
    let response = match checked {
        Ok(()) => {
            let holder = holder_of(&mut parts, &state).await;
            let body = Body::new(PacedBody::new(body, state.config().server.slow_client()));
            holder::scope(holder, next.run(Request::from_parts(parts, body))).await
        }
        Err(error) => error.into_response(),
    };
    if let Some(entry) = trail.map(|trail| answered(trail, &response)) {
        leave(&state, entry).await;
    }
    response
}

/// For whom an admitted request is served.
async fn holder_of(parts: &mut Parts, state: &AppState) -> Holder {
    let Ok(Origin(client)) = Origin::from_request_parts(parts, state).await;
    let guest = parts.extensions.get::<GuestAccess>().map(|guest| guest.event.id);
    Holder::new(&client, guest.or_else(|| parts.extensions.get().map(|OpenEvent(event)| event.id)))
}
