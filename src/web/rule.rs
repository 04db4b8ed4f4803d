//! Who may ask for what. Every route has a [`Rule`], which is asked before its handler runs; what the rule found on its
//! way (the user, the event, the photo) is handed to the handler, which cannot get it otherwise.

use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::timeout::TimeoutBody;

use super::error::{ApiError, blocking};
use super::error_code::ErrorCode;
use super::{AppState, wall};
use crate::auth::{EventGrant, Tokens};
use crate::domain::{DriveSearch, Event, EventId, Photo, User, UserId};
use crate::store::drive::searches;
use crate::store::{events, photos, visits};
use crate::web::access::caller::{Caller, SignedIn, identify, number_in_path};
use crate::web::access::guest_session::{GuestAccess, guest_session};
use crate::web::access::visibility::Viewer;
use crate::web::http::validate::invalid;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everybody.
    Everyone,
    /// Whoever has an address that we signed, for as long as it is good; the handler checks the signature.
    SignedAddress,
    /// A guest who has entered the event of the link.
    Guest,
    /// The same, signed in besides in the same browser.
    SignedInGuest,
    /// A user who is signed in.
    User,
    /// A user who may make events.
    Admin,
    /// The user whose event it is.
    EventOwner,
    /// Whoever was let into the event, by its token or as a user; and its owner. Guests have routes of their own.
    EventVisitor,
    /// A user who was let into the event, or owns it.
    VisitingUser,
    /// Whoever has the key of the event's live wall; the event's owner.
    Wall,
    /// The user whose event the photo is in.
    PhotoOwner,
    /// The user whose search of a Drive folder it is.
    DriveSearcher,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Everyone,
        Self::SignedAddress,
        Self::Guest,
        Self::SignedInGuest,
        Self::User,
        Self::Admin,
        Self::EventOwner,
        Self::EventVisitor,
        Self::VisitingUser,
        Self::Wall,
        Self::PhotoOwner,
        Self::DriveSearcher,
    ];
}

/// The event that a rule let in to.
#[derive(Clone)]
pub(super) struct OpenEvent(pub(super) Event);

/// The caller's own photo.
#[derive(Clone)]
pub(super) struct OwnPhoto(pub(super) Photo);

/// The caller's own search.
#[derive(Clone)]
pub(super) struct OwnSearch(pub(super) DriveSearch);

macro_rules! granted {
    ($($grant:ty),*) => {$(
        impl FromRequestParts<AppState> for $grant {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
                let missing = std::io::Error::other("the route's rule does not grant what its handler takes");
                parts.extensions.get::<Self>().cloned().ok_or_else(|| ApiError::internal(&missing))
            }
        }
    )*};
}

granted!(SignedIn, GuestAccess, OpenEvent, Viewer, OwnPhoto, OwnSearch);

/// Runs before every handler.
pub(super) async fn admit(rule: Rule, streams: bool, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Some(Extension(state)) = Extension::<AppState>::from_request_parts(&mut parts, &()).await.ok() else {
        return ApiError::from(ErrorCode::Internal).into_response();
    };
    match check(rule, &mut parts, &state).await {
        Ok(()) if streams => next.run(Request::from_parts(parts, body)).await,
        Ok(()) => {
            // Whoever stops sending is cut off; handlers of streams see to that themselves.
            let body = Body::new(TimeoutBody::new(state.config().server.slow_client(), body));
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    }
}

async fn check(rule: Rule, parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    match rule {
        Rule::Everyone | Rule::SignedAddress => {}
        Rule::Guest => {
            let guest = guest_session(parts, state).await?;
            parts.extensions.insert(guest);
        }
        Rule::SignedInGuest => {
            admit_user(parts, state).await?;
            let guest = guest_session(parts, state).await?;
            parts.extensions.insert(guest);
        }
        Rule::User => {
            admit_user(parts, state).await?;
        }
        Rule::Admin => {
            if !admit_user(parts, state).await?.user.is_admin {
                return Err(ErrorCode::AdminRequired.into());
            }
        }
        Rule::EventOwner => {
            let owner = admit_user(parts, state).await?;
            let event = find_event(parts, state).await?;
            if event.owner_id != Some(owner.user.id) {
                return Err(ErrorCode::NotOwner.into());
            }
            parts.extensions.insert(OpenEvent(event));
        }
        Rule::EventVisitor => admit_visitor(parts, state).await?,
        Rule::VisitingUser => {
            let Known { user, event_token } = admit_user(parts, state).await?;
            let event = find_event(parts, state).await?;
            let viewer = Viewer::of(&user, &event);
            expect_open(&event, viewer)?;
            let by_token = event_token.is_some_and(|grant| grant.user == user.id && opens(grant, &event));
            if !by_token && !is_open_to(state, &event, user.id).await? {
                return Err(ErrorCode::EventAccessRequired.into());
            }
            parts.extensions.insert(viewer);
            parts.extensions.insert(OpenEvent(event));
        }
        Rule::Wall => wall::admit(parts, state).await?,
        Rule::PhotoOwner => {
            let owner = admit_user(parts, state).await?;
            let photo = find_own_photo(parts, state, &owner.user).await?;
            parts.extensions.insert(OwnPhoto(photo));
        }
        Rule::DriveSearcher => {
            let searcher = admit_user(parts, state).await?;
            let search = find_own_search(parts, state, &searcher.user).await?;
            parts.extensions.insert(OwnSearch(search));
        }
    }
    Ok(())
}

/// A signed-in user, and the event token that they brought besides.
struct Known {
    user: User,
    event_token: Option<EventGrant>,
}

async fn admit_user(parts: &mut Parts, state: &AppState) -> Result<Known, ApiError> {
    let Caller { signed_in, event } = identify(parts, state).await?;
    let signed_in = signed_in.ok_or(ErrorCode::AuthRequired)?;
    let user = signed_in.user.clone();
    parts.extensions.insert(signed_in);
    Ok(Known { user, event_token: event })
}

async fn admit_visitor(parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    let caller = identify(parts, state).await?;
    if caller.event.is_none() && caller.signed_in.is_none() {
        return Err(ErrorCode::AuthRequired.into());
    }
    let event = find_event(parts, state).await?;
    let user = caller.signed_in.as_ref().map(|signed_in| &signed_in.user);
    let viewer = user.map_or(Viewer::Guest, |user| Viewer::of(user, &event));
    expect_open(&event, viewer)?;
    let by_user = match user {
        Some(user) => is_open_to(state, &event, user.id).await?,
        None => false,
    };
    let by_token = caller.event.is_some_and(|grant| opens(grant, &event));
    if !by_user && !by_token {
        return Err(ErrorCode::EventAccessRequired.into());
    }
    parts.extensions.insert(viewer);
    parts.extensions.insert(OpenEvent(event));
    Ok(())
}

/// A closed event is its owner's alone.
fn expect_open(event: &Event, viewer: Viewer) -> Result<(), ApiError> {
    let closed = event.closed_at.is_some() && viewer != Viewer::Owner;
    if closed { Err(ErrorCode::EventClosed.into()) } else { Ok(()) }
}

fn opens(grant: EventGrant, event: &Event) -> bool {
    grant.event == event.id && grant.password_version == event.password_version
}

/// Whether a user owns the event, or entered it a while ago and it is not closed.
pub(super) async fn is_open_to(state: &AppState, event: &Event, user: UserId) -> Result<bool, ApiError> {
    if event.owner_id == Some(user) {
        return Ok(true);
    }
    if event.closed_at.is_some() {
        return Ok(false);
    }
    let (now, id) = (state.now(), event.id);
    state.read(move |db| visits::is_inside(db, user, id, now, Tokens::event_access_lasts())).await
}

/// The event whose number is in the path.
pub(super) async fn find_event(parts: &mut Parts, state: &AppState) -> Result<Event, ApiError> {
    let id: Option<EventId> = path_id(parts, state, "event_id").await?;
    let store = state.store();
    let event = blocking(move || Ok(id.map_or(Ok(None), |id| store.read(|c| events::find(c, id)))?)).await?;
    event.ok_or_else(|| ErrorCode::EventNotFound.into())
}

async fn find_own_photo(parts: &mut Parts, state: &AppState, user: &User) -> Result<Photo, ApiError> {
    let id = path_id(parts, state, "image_id").await?;
    let store = state.store();
    let found =
        blocking(move || Ok(id.map_or(Ok(None), |id| store.read(|c| photos::find_with_event(c, id)))?));
    let (photo, event) = found.await?.ok_or(ErrorCode::PhotoNotFound)?;
    if event.owner_id == Some(user.id) { Ok(photo) } else { Err(ErrorCode::NotOwner.into()) }
}

async fn find_own_search(parts: &mut Parts, state: &AppState, user: &User) -> Result<DriveSearch, ApiError> {
    let id = path_id(parts, state, "search_id").await?;
    let store = state.store();
    let found = blocking(move || Ok(id.map_or(Ok(None), |id| store.read(|c| searches::find(c, id)))?));
    let search = found.await?.ok_or(ErrorCode::DriveSearchNotFound)?;
    if search.user_id == user.id { Ok(search) } else { Err(ErrorCode::DriveSearchForeign.into()) }
}

/// The number in the path under `name`; `None` for a number that no id has.
async fn path_id<T: std::str::FromStr>(
    parts: &mut Parts,
    state: &AppState,
    name: &'static str,
) -> Result<Option<T>, ApiError> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    let params = params.map_err(|_| invalid("path", name, "int_parsing", "expected a whole number"))?;
    let text = params.iter().find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default();
    number_in_path(text, name)
}
