//! One selfie in, the guest's photos out. The picture and its embedding live only as long as this request.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use serde::Serialize;

use super::AppState;
use super::access::GuestAccess;
use super::error::{ApiError, ErrorCode, blocking};
use crate::imaging::{self, DecodeLimits};
use crate::search::{Query, SearchTimes, embed_selfie, find_photos};

/// No phone's front camera makes more.
const SELFIE_LIMITS: DecodeLimits = DecodeLimits { max_pixels: 64_000_000 };

#[derive(Serialize)]
pub(super) struct Found {
    matches: Vec<FoundPhoto>,
}

#[derive(Serialize)]
struct FoundPhoto {
    photo_id: i64,
    file_name: String,
    similarity: f32,
    thumbnail: String,
    preview: String,
    original: String,
}

/// The body is the picture's file.
pub(super) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    selfie: Result<Bytes, BytesRejection>,
) -> Result<Json<Found>, ApiError> {
    if !guest.consented {
        return Err(ErrorCode::ConsentRequired.into());
    }
    let selfie = selfie.map_err(|_| ErrorCode::SelfieTooLarge)?;
    let permit = state.0.searches.clone().acquire_owned().await;
    let inner = state.0.clone();
    let event_id = guest.event.id;
    let matches = blocking(move || {
        // Held until the work is done, also when the guest does not wait for it.
        let _permit = permit;
        let picture =
            imaging::decode_reduced(&selfie, SELFIE_LIMITS, inner.settings.context.working_long_side)?;
        let embedding = embed_selfie(&inner.settings.context.engine, &picture, &mut SearchTimes::default())?;
        let threshold = inner.settings.match_threshold;
        let query =
            Query { event_id, pack_id: inner.settings.context.pack_id, embedding: &embedding, threshold };
        Ok(find_photos(&inner.settings.context.store, query)?)
    })
    .await?;
    let matches = matches
        .into_iter()
        .map(|found| {
            let url = |kind: &str| format!("/e/{}/photos/{}/{kind}", guest.event.share_code, found.photo_id);
            FoundPhoto {
                photo_id: found.photo_id.as_i64(),
                thumbnail: url("thumbnail"),
                preview: url("preview"),
                original: url("original"),
                file_name: found.file_name,
                similarity: found.similarity,
            }
        })
        .collect();
    Ok(Json(Found { matches }))
}
