//! What a user did lately.

use axum::Json;
use axum::extract::State;

use crate::store::visits;
use crate::web::AppState;
use crate::web::access::caller::{BaseUrl, SignedIn};
use crate::web::api::event_views::EventSummary;
use crate::web::api::views::Addresses;
use crate::web::error::{ApiError, blocking};

/// Events shown.
const RECENT: u32 = 5;

/// The last five events that the caller entered, the last one first.
#[utoipa::path(get, path = "/activity/me/recent", tag = "events", responses((status = 200, body = [EventSummary])))]
pub(crate) async fn list_recent(
    State(state): State<AppState>,
    SignedIn { user, .. }: SignedIn,
    BaseUrl(base): BaseUrl,
) -> Result<Json<Vec<EventSummary>>, ApiError> {
    let (store, id) = (state.store(), user.id);
    let recent = blocking(move || Ok(store.read(|c| visits::list_recent(c, id, RECENT))?)).await?;
    let addresses = Addresses { state, base };
    let mut summaries = Vec::with_capacity(recent.len());
    for event in recent {
        summaries.push(addresses.event_summary(&event, &user).await?);
    }
    Ok(Json(summaries))
}
