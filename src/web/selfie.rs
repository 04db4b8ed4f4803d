//! One selfie in, the guest's photos out. The picture and its embedding live only as long as this request.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::AppState;
use super::access::GuestAccess;
use super::caller::Origin;
use super::error::{ApiError, blocking};
use super::error_code::ErrorCode;
use crate::imaging::{self, DecodeLimits};
use crate::limits::{Client, Scope};
use crate::search::{Query, SearchTimes, embed_selfie, find_photos};

/// No phone's front camera makes more.
pub(super) const SELFIE_LIMITS: DecodeLimits = DecodeLimits { max_pixels: 64_000_000 };

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

/// The body is the picture's file; it is read when the guest may search, and there is room for it.
pub(super) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    request: Request,
) -> Result<Json<Found>, ApiError> {
    if !guest.consented {
        return Err(ErrorCode::ConsentRequired.into());
    }
    // Without a device the session is the guest: browsers behind one address do not wait for each other.
    let client = Client { device: client.device.or(Some((guest.token_hash, state.now()))), ..client };
    state.0.searches_made.attempt(&Scope::Search(guest.event.id), &client, state.now())?;
    let in_memory = state.0.bodies.turn().await?;
    let selfie = Bytes::from_request(request, &state).await;
    let selfie = selfie.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::SelfieTooLarge,
        _ => ErrorCode::TooSlow,
    })?;
    let turn = state.0.searches.turn().await?;
    let (inner, event_id) = (state.0.clone(), guest.event.id);
    let matches = blocking(move || {
        // Held until the work is done, also when the guest does not wait for it.
        let _turns = (turn, in_memory);
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
                original: url("download"),
                file_name: found.file_name,
                similarity: found.similarity,
            }
        })
        .collect();
    Ok(Json(Found { matches }))
}
