//! The photos of an event that show the user, found with the stored selfie.

use axum::Json;
use axum::extract::State;

use crate::domain::{Embedding, Event, Photo, Selfie, SelfieId, User, UserId};
use crate::imaging;
use crate::limits::Scope;
use crate::pipeline::Context;
use crate::search::{Match, Query, SearchTimes, SelfieRefusal, embed_selfie, find_photos};
use crate::store::{BlobKey, StoreError, photos, selfies};
use crate::web::AppState;
use crate::web::access::caller::{Origin, SignedIn, client_of};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{MatchedImage, Views};
use crate::web::error::ApiError;
use crate::web::error_code::ErrorCode;
use crate::web::guest::selfie::SELFIE_LIMITS;
use crate::web::rule::OpenEvent;

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

async fn search(state: &AppState, user: &User, event: &Event) -> Result<Vec<(Match, Photo)>, ApiError> {
    let (inner, user, event_id, now) = (state.0.clone(), user.id, event.id, state.now());
    let search = move || {
        let context = &inner.settings.context;
        let embedding = stored_embedding(context, user)?;
        let threshold = inner.settings.match_threshold;
        let query = Query { event_id, pack_id: context.pack_id, embedding: &embedding, threshold };
        let matches = find_photos(&context.store, query)?;
        context.store.write(move |tx| selfies::touch(tx, user, now))?;
        // A photo may have been deleted or hidden since.
        let found = matches.into_iter().map(|found| {
            let photo = context.store.read(|c| photos::find(c, found.photo_id))?;
            Ok(photo.filter(Photo::is_visible).map(|photo| (found, photo)))
        });
        Ok(found.filter_map(Result::transpose).collect::<Result<Vec<_>, StoreError>>()?)
    };
    state.0.searches.run(search).await
}

/// The embedding of the user's selfie, as stored; computed again if another pack computed the stored one.
pub(super) fn stored_embedding(context: &Context, user: UserId) -> Result<Embedding, ApiError> {
    let store = &context.store;
    let selfie = store.read(|c| selfies::find(c, user))?.ok_or(ErrorCode::SelfieMissing)?;
    if let Some(embedding) = store.read(|c| selfies::find_embedding(c, user, context.pack_id))? {
        return Ok(embedding);
    }
    match selfie {
        Selfie { refusal: Some(code), .. } => {
            let refusal = SelfieRefusal::from_code(&code).unwrap_or(SelfieRefusal::NoFace);
            Err(ErrorCode::Selfie(refusal).into())
        }
        Selfie { id, refusal: None } => recompute(context, id),
    }
}

fn recompute(context: &Context, id: SelfieId) -> Result<Embedding, ApiError> {
    let key = BlobKey::Selfie(id);
    let bytes = context.store.blobs().read(&key)?.ok_or(StoreError::MissingBlob(key))?;
    let decoded = imaging::decode_reduced(&bytes, SELFIE_LIMITS, context.working_long_side)?;
    Ok(embed_selfie(&context.engine, &decoded, &mut SearchTimes::default())?)
}
