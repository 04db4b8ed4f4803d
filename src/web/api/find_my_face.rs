//! The photos of an event that the user is in, by the stored selfie.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::domain::{Event, Selfie, SelfieId, User, UserId};
use crate::imaging;
use crate::limits::Scope;
use crate::search::{Match, Query, SearchTimes, SelfieRefusal, embed_selfie, find_photos};
use crate::store::selfies;
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, Origin, SignedIn, client_of};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{Addresses, MatchedImage};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::selfie::SELFIE_LIMITS;
use crate::web::http::work_limit::Permit;
use crate::web::rule::OpenEvent;

/// The photos of an event, entered before, that the caller is in, most similar first.
#[utoipa::path(get, path = "/events/{event_id}/find-my-face", tag = "photos", params(("event_id" = i64, Path)),
    responses((status = 200, body = [MatchedImage])))]
pub(crate) async fn find(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    OpenEvent(event): OpenEvent,
    viewer: Viewer,
    Origin(client): Origin,
    BaseUrl(base): BaseUrl,
) -> Result<Json<Vec<MatchedImage>>, ApiError> {
    let client = client_of(client, &user);
    state.0.search_limiter.attempt(&Scope::Search(event.id), &client, state.now())?;
    let permit = state.0.searches.acquire().await?;
    let matches = search(&state, &user, &event, permit).await?;
    let addresses = Addresses { state, base };
    let images = matches.into_iter().map(|Match { photo, face, similarity, .. }| MatchedImage {
        image: addresses.image(photo, &event, viewer),
        face: face.into(),
        similarity,
    });
    Ok(Json(images.collect()))
}

async fn search(
    state: &AppState,
    user: &User,
    event: &Event,
    permit: Permit,
) -> Result<Vec<Match>, ApiError> {
    let (inner, user, event_id, now) = (state.0.clone(), user.id, event.id, state.now());
    blocking(move || {
        let _permit = permit;
        let app = &inner.settings.app;
        let embedding = stored_embedding(app, user)?;
        let query = Query {
            event_id,
            pack_id: app.pack_id,
            embedding: &embedding,
            thresholds: app.thresholds.only_sure(),
            with_hidden: false,
        };
        let matches = find_photos(&app.store, query)?;
        app.store.write(move |tx| selfies::touch(tx, user, now))?;
        Ok(matches)
    })
    .await
}

/// Whom the user's selfie shows: as it was computed when it was stored, or anew where another pack did that.
pub(super) fn stored_embedding(app: &App, user: UserId) -> Result<crate::domain::Embedding, ApiError> {
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

fn recompute(app: &App, id: SelfieId) -> Result<crate::domain::Embedding, ApiError> {
    let path = app.store.files().selfie(id);
    let bytes = std::fs::read(&path).map_err(|error| ApiError::internal(&error))?;
    let decoded = imaging::decode_reduced(&bytes, SELFIE_LIMITS, app.working_long_side)?;
    Ok(embed_selfie(&app.engine, &decoded, &mut SearchTimes::default())?)
}
