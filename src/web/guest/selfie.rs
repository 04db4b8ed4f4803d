//! A selfie in, the guest's photos out. The picture is dropped with its search. The embedding stays in memory as an
//! active face, so that the page learns of new photos, until the guest deletes it or it expires.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::domain::{TallyKind, Timestamp};
use crate::limits::{Client, Scope};
use crate::search::{SearchTimes, SelfieFaces};
use crate::store::{faces, selfies, tallies};
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::find::expect_faces;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::stored_face::{self, SELFIE_LIMITS};
use crate::web::guest::active_faces::ActiveFace;
use crate::web::guest::choice::Choice;
use crate::web::guest::people::People;
use crate::web::guest::views::{Results, find_results};
use crate::web::http::received::ReceivedPicture;
use crate::web::http::validate::{ValidQuery, invalid};
use crate::web::route::MAX_SELFIE_BYTES;
use crate::web::{ApiError, AppState, ErrorCode};

/// Receives the picture that is a request's body.
pub(crate) async fn receive(state: &AppState, request: Request) -> Result<ReceivedPicture, ApiError> {
    let (pieces, too_slow) = (request.into_body().into_data_stream(), |_| ErrorCode::TooSlow.into());
    ReceivedPicture::receive(&state.0.selfies, MAX_SELFIE_BYTES, pieces, too_slow).await
}

/// Whether the guest may search now; counts as a search.
pub(crate) fn admit(state: &AppState, guest: &GuestAccess, client: &Client) -> Result<(), ApiError> {
    expect_faces(&guest.event)?;
    if !guest.consent.to_selfies {
        return Err(ErrorCode::ConsentRequired.into());
    }
    Ok(state.0.search_limiter.attempt(&Scope::Search(guest.event.id), client, state.now())?)
}

/// Counts the people that the guest searches for; fails if they are too many different ones.
pub(crate) fn count(
    state: &AppState,
    guest: &GuestAccess,
    client: &Client,
    people: &People,
) -> Result<(), ApiError> {
    let faces: Vec<_> = people.each().filter_map(|faces| Some(&faces.last()?.current)).collect();
    state.0.searched_faces.admit(&guest.event, client, &faces, state.now())
}

/// The body is the selfie's file; it is read only if the guest may search.
pub(crate) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    ValidQuery(choice): ValidQuery<Choice>,
    request: Request,
) -> Result<Json<Results>, ApiError> {
    let started_at = state.now();
    admit(&state, &guest, &client)?;
    let picture = receive(&state, request).await?;
    let search = state.clone();
    let results = state.searches_with(&picture).run(move || {
        let state = search;
        let (app, now) = (&state.0.settings.app, state.now());
        let (long_side, mut times) = (app.working_long_side, SearchTimes::default());
        let selfie = SelfieFaces::find(&app.engine, &picture, SELFIE_LIMITS, long_side, &mut times)?;
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
        find(&state, &guest, &client, people, started_at)
    });
    Ok(Json(results.await?))
}

/// The same with the selfie on the guest's account.
pub(crate) async fn search_with_stored(
    State(state): State<AppState>,
    guest: GuestAccess,
    SignedIn { user, .. }: SignedIn,
    Origin(client): Origin,
) -> Result<Json<Results>, ApiError> {
    let started_at = state.now();
    admit(&state, &guest, &client)?;
    let search = state.clone();
    let results = state.0.searches.run(move || {
        let (state, now) = (search, started_at);
        let app = &state.0.settings.app;
        let face = stored_face::codes(app, user.id, guest.event.id)?;
        app.store.write(move |db| selfies::touch(db, user.id, now))?;
        find(&state, &guest, &client, People::of_selfie(vec![face], None), started_at)
    });
    Ok(Json(results.await?))
}

/// Finds their photos; the face stays active.
fn find(
    state: &AppState,
    guest: &GuestAccess,
    client: &Client,
    people: People,
    started_at: Timestamp,
) -> Result<Results, ApiError> {
    count(state, guest, client, &people)?;
    let (results, known) = find_results(&state.0.settings, guest, &people, people.selfies())?;
    let active = ActiveFace::new(people, known);
    let (event, found, now) = (guest.event.id, !results.is_empty(), state.now());
    state.store().write(move |tx| {
        tallies::add(tx, event, TallyKind::Search, 1, now)?;
        tallies::add(tx, event, TallyKind::Hit, u32::from(found), now)
    })?;
    state.0.active_faces.put(guest.token_hash, guest.event.id, active, (started_at, now));
    Ok(results)
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
pub(crate) async fn delete(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
) -> StatusCode {
    delete_faces(&state, &guest, &client);
    StatusCode::NO_CONTENT
}

/// Deletes everything in memory that was computed from the guest's selfies.
pub(crate) fn delete_faces(state: &AppState, guest: &GuestAccess, client: &Client) {
    state.0.active_faces.delete(guest.token_hash, state.now());
    state.0.searched_faces.delete_of(guest.event.id, client, state.now());
}
