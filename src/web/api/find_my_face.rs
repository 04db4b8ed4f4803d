//! The photos of an event that show the user, found with the stored selfie.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::domain::{Embedding, Event, Selfie, SelfieId, User, UserId};
use crate::limits::Scope;
use crate::search::{Match, Query, SearchTimes, SelfieRefusal, embed_selfie};
use crate::store::{BlobKey, StoreError, selfies};
use crate::web::access::caller::{Origin, SignedIn, client_of};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{MatchedImage, Views};
use crate::web::guest::selfie::SELFIE_LIMITS;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

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
    let client = client_of(client, &user);
    state.0.search_limiter.attempt(&Scope::Search(event.id), &client, state.now())?;
    let matches = search(&state, &user, &event).await?;
    Ok(Json(views.matches(matches, &event, viewer)))
}

async fn search(state: &AppState, user: &User, event: &Event) -> Result<Vec<Match>, ApiError> {
    let (app, user, event_id, now) = (state.0.settings.app.clone(), user.id, event.id, state.now());
    let search = move || {
        let embedding = stored_embedding(&app, user)?;
        let query = Query {
            event_id,
            pack_id: app.pack_id,
            selfies: std::slice::from_ref(&embedding),
            denied: &HashSet::new(),
            with_hidden: false,
        };
        let matches = app.store.read(|db| app.search.find_photos(db, query))?.sure();
        app.store.write(move |db| selfies::touch(db, user, now))?;
        Ok(matches)
    };
    state.0.searches.run(search).await
}

/// The embedding of the user's selfie, as stored; computed again if another pack computed the stored one.
pub(super) fn stored_embedding(app: &App, user: UserId) -> Result<Embedding, ApiError> {
    let store = &app.store;
    let selfie = store.read(|c| selfies::find(c, user))?.ok_or(ErrorCode::SelfieMissing)?;
    if let Some(embedding) = store.read(|c| selfies::find_embedding(c, user, app.pack_id))? {
        return Ok(embedding);
    }
    match selfie {
        Selfie { refusal: Some(code), .. } => {
            let refusal = SelfieRefusal::from_code(&code).unwrap_or(SelfieRefusal::NoFace);
            Err(ErrorCode::Selfie(refusal).into())
        }
        Selfie { id, refusal: None } => recompute(app, id),
    }
}

fn recompute(app: &App, id: SelfieId) -> Result<Embedding, ApiError> {
    let key = BlobKey::Selfie(id);
    let bytes = app.store.blobs().read(&key)?.ok_or(StoreError::MissingBlob(key))?;
    let mut times = SearchTimes::default();
    Ok(embed_selfie(&app.engine, &bytes, SELFIE_LIMITS, app.working_long_side, &mut times)?)
}
