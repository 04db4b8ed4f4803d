//! Who took an event's photos, with which cameras, for its owner.

use axum::Json;
use axum::extract::State;

use crate::store::photo_tallies;
use crate::web::guest::taken_by::TakenList;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Lists who took an event's photos, with which cameras, and how many: most first. Counts all photos, including
/// pending, failed and hidden ones.
#[utoipa::path(get, path = "/events/{event_id}/images/taken-by", tag = "photos",
    params(("event_id" = i64, Path)), responses((status = 200, body = TakenList)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<TakenList>, ApiError> {
    let found = state.read(move |db| photo_tallies::list_taken_by(db, event.id, false)).await?;
    Ok(Json(TakenList::new(found)))
}
