//! The photos of an event that show the user, found with the stored selfie.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;

use crate::domain::{Event, User};
use crate::limits::{Client, Scope};
use crate::search::{Match, Query};
use crate::store::selfies;
use crate::web::access::caller::{Origin, SignedIn};
use crate::web::access::find::expect_faces;
use crate::web::access::stored_face;
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{MatchedImage, Views};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Finds the photos of an event that show the caller, by their stored selfie; most similar first.
#[utoipa::path(get, path = "/events/{event_id}/find-my-face", tag = "photos", params(("event_id" = i64, Path)),
    responses((status = 200, body = [MatchedImage])))]
pub(crate) async fn find(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    viewer: Viewer,
    Origin(client): Origin,
    views: Views,
) -> Result<Json<Vec<MatchedImage>>, ApiError> {
    expect_faces(&event)?;
    state.0.search_limiter.attempt(&Scope::Search(event.id), &client, state.now())?;
    let matches = search(&state, &user, &event, viewer, client).await?;
    Ok(Json(views.matches(matches, &event, viewer)))
}

async fn search(
    state: &AppState,
    user: &User,
    event: &Event,
    viewer: Viewer,
    client: Client,
) -> Result<Vec<Match>, ApiError> {
    let (app, user, event, now) = (state.0.settings.app.clone(), user.id, event.clone(), state.now());
    let searched = state.0.searched_faces.clone();
    let search = move || {
        let selfies = &[stored_face::codes(&app, user, event.id)?];
        if viewer != Viewer::Owner {
            searched.admit(&event, &client, &[&selfies[0].current], now)?;
        }
        let query = Query { event_id: event.id, selfies, denied: &HashSet::new(), with_hidden: false };
        let matches = app.store.read(|db| app.search.find_photos(db, query))?.sure();
        app.store.write(move |db| selfies::touch(db, user, now))?;
        Ok(matches)
    };
    state.0.searches.run(search).await
}
