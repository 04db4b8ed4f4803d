//! One selfie in, the guest's photos out. The picture lives as long as its request; the numbers that describe the face
//! stay in memory while the guest's page is there, so that it hears of new photos, and go when the guest says so.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;

use crate::domain::TallyKind;
use crate::imaging::{self, DecodeLimits};
use crate::limits::{Client, Scope};
use crate::search::{SearchTimes, embed_selfie};
use crate::store::tallies;
use crate::web::AppState;
use crate::web::access::caller::Origin;
use crate::web::access::guest_session::GuestAccess;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::guest::views::{Results, find_results};

/// No phone's front camera makes more.
pub(in crate::web) const SELFIE_LIMITS: DecodeLimits = DecodeLimits { max_pixels: 64_000_000 };

/// The body is the picture's file; it is read when the guest may search, and there is room for it.
pub(in crate::web) async fn search(
    State(state): State<AppState>,
    guest: GuestAccess,
    Origin(client): Origin,
    request: Request,
) -> Result<Json<Results>, ApiError> {
    if !guest.consented {
        return Err(ErrorCode::ConsentRequired.into());
    }
    let began_at = state.now();
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
    let (inner, now) = (state.0.clone(), state.now());
    let results = blocking(move || {
        // Held until the work is done, also when the guest does not wait for it.
        let _turns = (turn, in_memory);
        let context = &inner.settings.context;
        let picture = imaging::decode_reduced(&selfie, SELFIE_LIMITS, context.working_long_side)?;
        let face = embed_selfie(&context.engine, &picture, &mut SearchTimes::default())?;
        let results = find_results(&inner, &guest, &face)?;
        let (event, found) = (guest.event.id, !results.is_empty());
        context.store.write(move |tx| {
            tallies::add(tx, event, TallyKind::Search, 1, now)?;
            tallies::add(tx, event, TallyKind::Hit, u32::from(found), now)
        })?;
        inner.standing.put(guest.token_hash, guest.event.id, face, (began_at, now));
        Ok(results)
    });
    Ok(Json(results.await?))
}

/// The same again, for the face that is known.
pub(in crate::web) async fn matches(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<Results>, ApiError> {
    let face = state.0.standing.find(guest.token_hash, state.now()).ok_or(ErrorCode::SearchOver)?;
    let (inner, turn) = (state.0.clone(), state.0.lookups.turn().await?);
    let results = blocking(move || {
        let _turn = turn;
        find_results(&inner, &guest, &face)
    });
    Ok(Json(results.await?))
}

/// Forgets the face.
pub(in crate::web) async fn forget(State(state): State<AppState>, guest: GuestAccess) -> StatusCode {
    state.0.standing.forget(guest.token_hash, state.now());
    StatusCode::NO_CONTENT
}
