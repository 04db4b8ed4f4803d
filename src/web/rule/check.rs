//! Checks a rule, and hands over what it found.

use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;

use super::{OpenEvent, OwnPhoto, OwnSearch, Rule, WALL_COOKIE};
use crate::auth::EventGrant;
use crate::domain::{DriveSearch, Event, Photo, User};
use crate::store::drive::searches;
use crate::store::{photos, sources};
use crate::web::access::caller::{Caller, UrlsFor, identify, uses_studio};
use crate::web::access::contributor::{ContributorAccess, contributor};
use crate::web::access::find::{find_by_number, find_event};
use crate::web::access::guest_session::guest_session;
use crate::web::access::moved::{self, expect_here};
use crate::web::access::receiver::reception;
use crate::web::access::upload_target::UploadTarget;
use crate::web::access::visibility::{Viewer, is_open_to};
use crate::web::http::validate::path_param;
use crate::web::{ApiError, AppState, ErrorCode};

pub(super) async fn check(rule: Rule, parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    match rule {
        Rule::Everyone | Rule::SignedUrl => {}
        Rule::Metrics => crate::web::access::metrics_reader::admit(parts, state)?,
        Rule::Receiver => {
            let access = reception(parts, state).await?;
            parts.extensions.insert(access);
        }
        Rule::Guest => admit_guest(parts, state).await?,
        Rule::SignedInGuest => {
            admit_user(parts, state).await?;
            admit_guest(parts, state).await?;
        }
        Rule::User => {
            admit_user(parts, state).await?;
        }
        Rule::Admin => {
            if !admit_user(parts, state).await?.user.is_admin {
                return Err(ErrorCode::AdminRequired.into());
            }
        }
        Rule::StudioUser => {
            let user = admit_user(parts, state).await?.user;
            if !uses_studio(state, &user).await? {
                return Err(ErrorCode::AdminRequired.into());
            }
        }
        Rule::EventOwner => {
            let owner = admit_user(parts, state).await?;
            let event = event_in_path(parts, state).await?;
            if event.owner_id != Some(owner.user.id) {
                return Err(ErrorCode::NotOwner.into());
            }
            parts.extensions.insert(UploadTarget::of_owner(event.clone()));
            parts.extensions.insert(OpenEvent(event));
        }
        Rule::EventVisitor => admit_visitor(parts, state).await?,
        Rule::VisitingUser => {
            let AdmittedUser { user, event_token } = admit_user(parts, state).await?;
            let event = event_in_path(parts, state).await?;
            let viewer = Viewer::of(&user, &event);
            expect_open(&event, viewer)?;
            expect_here_for(&event, viewer)?;
            let by_token = event_token.is_some_and(|grant| grant.user == user.id && opens(grant, &event));
            if !by_token && !is_open_to(state, &event, user.id).await? {
                return Err(ErrorCode::EventAccessRequired.into());
            }
            parts.extensions.insert(viewer);
            parts.extensions.insert(OpenEvent(event));
        }
        Rule::Wall => admit_wall(parts, state).await?,
        Rule::SendingGuest => {
            let guest = guest_session(parts, state).await?;
            let event = guest.event.id;
            let source = state.read(move |db| sources::find_guests(db, event)).await?;
            let source = source.filter(|source| !source.paused).ok_or(ErrorCode::SourcePaused)?;
            parts.extensions.insert(UploadTarget::of_guest(guest.clone(), &source));
            parts.extensions.insert(guest);
        }
        Rule::Contributor => {
            let ContributorAccess { event, source } = contributor(parts, state).await?;
            parts.extensions.insert(UploadTarget::of_contributor(event.clone(), &source));
            parts.extensions.insert(OpenEvent(event.clone()));
            parts.extensions.insert(ContributorAccess { event, source });
        }
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

/// A signed-in user, and the event token sent with the request.
struct AdmittedUser {
    user: User,
    event_token: Option<EventGrant>,
}

async fn admit_user(parts: &mut Parts, state: &AppState) -> Result<AdmittedUser, ApiError> {
    let Caller { signed_in, event, .. } = identify(parts, state).await?;
    let signed_in = signed_in.ok_or(ErrorCode::AuthRequired)?;
    let user = signed_in.user.clone();
    parts.extensions.insert(UrlsFor(user.id));
    parts.extensions.insert(signed_in);
    Ok(AdmittedUser { user, event_token: event })
}

async fn admit_guest(parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    let guest = guest_session(parts, state).await?;
    parts.extensions.insert(guest);
    Ok(())
}

async fn admit_visitor(parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    let caller = identify(parts, state).await?;
    if caller.event.is_none() && caller.signed_in.is_none() {
        // Apps then ask for the event's password, and renew their access token after the other answer.
        let code =
            if caller.brought_event_token { ErrorCode::EventAccessRequired } else { ErrorCode::AuthRequired };
        return Err(code.into());
    }
    let event = event_in_path(parts, state).await?;
    let user = caller.signed_in.as_ref().map(|signed_in| &signed_in.user);
    let viewer = user.map_or(Viewer::Guest, |user| Viewer::of(user, &event));
    expect_open(&event, viewer)?;
    expect_here_for(&event, viewer)?;
    let by_user = match user {
        Some(user) => is_open_to(state, &event, user.id).await?,
        None => false,
    };
    let grant = caller.event.filter(|grant| opens(*grant, &event));
    let by_token = grant.map(|grant| grant.user);
    let user = user.filter(|_| by_user).map(|user| user.id).or(by_token);
    parts.extensions.insert(UrlsFor(user.ok_or(ErrorCode::EventAccessRequired)?));
    parts.extensions.insert(viewer);
    parts.extensions.insert(OpenEvent(event));
    Ok(())
}

async fn admit_wall(parts: &mut Parts, state: &AppState) -> Result<(), ApiError> {
    let event = event_in_path(parts, state).await.map_err(|_| ErrorCode::WallAccessRequired)?;
    let jar = CookieJar::from_headers(&parts.headers);
    let key = jar.get(WALL_COOKIE).map(Cookie::value);
    let by_key = match key {
        Some(key) if state.0.settings.entry_keys.opens_wall(&event, key) => true,
        Some(key) => moved::opens(state, &event, "wall", key).await?,
        None => false,
    };
    let user = identify(parts, state).await?.signed_in;
    if user.is_none_or(|user| event.owner_id != Some(user.user.id)) {
        if !by_key {
            return Err(ErrorCode::WallAccessRequired.into());
        }
        expect_open(&event, Viewer::Guest)?;
    }
    expect_here(&event, &format!("/wall/{}", event.id), key)?;
    parts.extensions.insert(OpenEvent(event));
    Ok(())
}

/// A closed event is open to its owner only.
fn expect_open(event: &Event, viewer: Viewer) -> Result<(), ApiError> {
    let closed = event.closed_at.is_some() && viewer != Viewer::Owner;
    if closed { Err(ErrorCode::EventClosed.into()) } else { Ok(()) }
}

/// Where an event has moved to, only its owner still uses it here.
fn expect_here_for(event: &Event, viewer: Viewer) -> Result<(), ApiError> {
    let page = format!("/e/{}", event.share_code);
    if viewer == Viewer::Owner { Ok(()) } else { expect_here(event, &page, None) }
}

fn opens(grant: EventGrant, event: &Event) -> bool {
    grant.event == event.id && grant.password_version == event.password_version
}

async fn event_in_path(parts: &mut Parts, state: &AppState) -> Result<Event, ApiError> {
    find_event(state, &path_param(parts, "event_id").await.unwrap_or_default()).await
}

async fn find_own_photo(parts: &mut Parts, state: &AppState, user: &User) -> Result<Photo, ApiError> {
    let id = path_param(parts, "image_id").await.unwrap_or_default();
    let found = find_by_number(state, ("image_id", &id), photos::find_with_event).await?;
    let (photo, event) = found.ok_or(ErrorCode::PhotoNotFound)?;
    if event.owner_id == Some(user.id) { Ok(photo) } else { Err(ErrorCode::NotOwner.into()) }
}

async fn find_own_search(parts: &mut Parts, state: &AppState, user: &User) -> Result<DriveSearch, ApiError> {
    let id = path_param(parts, "search_id").await.unwrap_or_default();
    let search = find_by_number(state, ("search_id", &id), searches::find).await?;
    let search = search.ok_or(ErrorCode::DriveSearchNotFound)?;
    if search.user_id == user.id { Ok(search) } else { Err(ErrorCode::DriveSearchForeign.into()) }
}
