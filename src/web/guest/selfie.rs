//! A selfie in, the guest's photos out. The picture is dropped with its request. The embedding stays in memory as an
//! active face, so that the page learns of new photos, until the guest deletes it or it expires.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};

use crate::domain::TallyKind;
use crate::limits::{Client, Scope};
use crate::search::{SearchTimes, SelfieFaces};
use crate::store::{faces, tallies};
use crate::web::access::caller::Origin;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::stored_face::SELFIE_LIMITS;
use crate::web::guest::active_faces::ActiveFace;
use crate::web::guest::choice::Choice;
use crate::web::guest::people::People;
use crate::web::guest::views::{Results, find_results};
use crate::web::http::validate::{ValidQuery, invalid};
use crate::web::http::work_limit::Permit;
use crate::web::route::MAX_SELFIE_BYTES;
use crate::web::{ApiError, AppState, ErrorCode};

/// Waits until there is memory for the selfie in a request: as much as its length, or as the largest one takes.
pub(crate) async fn memory_for(state: &AppState, headers: &HeaderMap) -> Result<Permit, ApiError> {
    let stated = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let bytes = stated.map_or(MAX_SELFIE_BYTES, |length: usize| length.clamp(1, MAX_SELFIE_BYTES));
    state.0.selfie_bodies.acquire_many(u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(1)).await
}

/// Whether the guest may search now; counts as a search.
pub(crate) fn admit(state: &AppState, guest: &GuestAccess, client: Client) -> Result<(), ApiError> {
    if !guest.consent.to_selfies {
        return Err(ErrorCode::ConsentRequired.into());
    }
    // Without a device cookie the session tells browsers behind one address apart.
    let client = Client { device: client.device.or(Some((guest.token_hash, state.now()))), ..client };
    Ok(state.0.search_limiter.attempt(&Scope::Search(guest.event.id), &client, state.now())?)
}

/// The body is the selfie's file; it is read only if the guest may search and there is memory for it.
pub(crate) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    ValidQuery(choice): ValidQuery<Choice>,
    request: Request,
) -> Result<Json<Results>, ApiError> {
    let started_at = state.now();
    admit(&state, &guest, client)?;
    let in_memory = memory_for(&state, request.headers()).await?;
    let selfie = Bytes::from_request(request, &state).await;
    let selfie = selfie.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::SelfieTooLarge,
        _ => ErrorCode::TooSlow,
    })?;
    let search = state.clone();
    let results = state.0.searches.run(move || {
        let (state, _in_memory) = (search, in_memory);
        let (app, now) = (&state.0.settings.app, state.now());
        let (long_side, mut times) = (app.working_long_side, SearchTimes::default());
        let selfie = SelfieFaces::find(&app.engine, &selfie, SELFIE_LIMITS, long_side, &mut times)?;
        let faces = choice.of(&selfie)?.into_iter().map(|face| app.embed(&selfie, face, guest.event.id));
        let mut people = People::of_selfie(faces.collect::<Result<_, _>>()?, choice.mode);
        if choice.add
            && let Some(before) = state.0.active_faces.find_own(&guest, now)
        {
            people = before.people.with(&people).ok_or_else(|| {
                let message = "the last search was for several people; leave out `add` to start over";
                invalid("query", "add", "value", message)
            })?;
        }
        let (results, known) = find_results(&state.0.settings, &guest, &people, people.selfies())?;
        let active = ActiveFace::new(people, known);
        let (event, found) = (guest.event.id, !results.is_empty());
        app.store.write(move |tx| {
            tallies::add(tx, event, TallyKind::Search, 1, now)?;
            tallies::add(tx, event, TallyKind::Hit, u32::from(found), now)
        })?;
        state.0.active_faces.put(guest.token_hash, guest.event.id, active, (started_at, now));
        Ok(results)
    });
    Ok(Json(results.await?))
}

/// The same for the active face.
pub(crate) async fn matches(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<Results>, ApiError> {
    let (active, now) = (&state.0.active_faces, state.now());
    let mut face = active.find(&guest, now).ok_or(ErrorCode::SearchOver)?;
    let event = guest.event.id;
    if let Some(tapped) = face.people.tapped()
        && state.read(move |db| faces::find_visible(db, event, tapped)).await?.is_none()
    {
        // Its photo was hidden or deleted.
        active.end_tap(guest.token_hash, now);
        face = active.find(&guest, now).ok_or(ErrorCode::FaceNotFound)?;
    }
    let (settings, selfies) = (state.0.settings.clone(), active.count_selfies(&guest, now));
    let results = state.0.lookups.run(move || {
        let (results, known) = find_results(&settings, &guest, &face.people, selfies)?;
        face.update(known);
        Ok(results)
    });
    Ok(Json(results.await?))
}

/// Deletes the active face.
pub(crate) async fn delete(State(state): State<AppState>, guest: GuestAccess) -> StatusCode {
    state.0.active_faces.delete(guest.token_hash, state.now());
    StatusCode::NO_CONTENT
}
