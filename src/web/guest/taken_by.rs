//! Who took an event's photos, with which cameras: what they are filtered by.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::photo_tallies::{self, Taken};
use crate::web::access::guest_session::GuestAccess;
use crate::web::guest::gallery::expect_all_visible;
use crate::web::{ApiError, AppState};

/// The photos of one person with one camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenCount {
    /// Who took them; empty: the event's photographer.
    credit: String,
    /// Maker and model; empty: not known.
    camera: String,
    /// How many photos.
    photos: u64,
}

/// Who took an event's photos.
#[derive(Serialize, ToSchema)]
pub(crate) struct TakenList {
    items: Vec<TakenCount>,
}

impl TakenList {
    pub(crate) fn new(found: Vec<Taken>) -> Self {
        let count = |Taken { credit, camera, photos }| TakenCount { credit, camera, photos };
        Self { items: found.into_iter().map(count).collect() }
    }
}

/// Who took the photos that guests see.
pub(crate) async fn list(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<TakenList>, ApiError> {
    expect_all_visible(&guest)?;
    let found = state.read(move |db| photo_tallies::list_taken_by(db, guest.event.id, true)).await?;
    Ok(Json(TakenList::new(found)))
}
