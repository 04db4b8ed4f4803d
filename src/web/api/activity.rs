//! The events that a user entered recently.

use axum::Json;
use axum::extract::State;

use crate::store::visits;
use crate::web::access::caller::SignedIn;
use crate::web::api::event_views::EventSummary;
use crate::web::api::views::Views;
use crate::web::{ApiError, AppState};

/// Events listed.
const RECENT: u32 = 5;

/// Lists the five events that the caller entered last, most recent first.
#[utoipa::path(get, path = "/activity/me/recent", tag = "events", responses((status = 200, body = [EventSummary])))]
pub(crate) async fn list_recent(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    views: Views,
) -> Result<Json<Vec<EventSummary>>, ApiError> {
    let recent = state.read(move |db| visits::list_recent(db, user.id, RECENT)).await?;
    let mut summaries = Vec::with_capacity(recent.len());
    for event in recent {
        summaries.push(views.event_summary(&event, &user).await?);
    }
    Ok(Json(summaries))
}
