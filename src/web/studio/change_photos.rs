//! Changes of many photos at once, by the owner of their event.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{PhotoId, WallChoice};
use crate::store::photo_changes::{self, Change};
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Photos changed by one request: as many ids as fit into a body.
const MAX_IDS: usize = 3000;
/// Photos changed in one transaction, so that other writers do not wait long.
const BATCH: usize = 200;

/// A change of photos.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    Hide,
    Show,
    Delete,
    Retry,
    Pin,
    Skip,
    Unpin,
}

impl From<Action> for Change {
    fn from(action: Action) -> Self {
        match action {
            Action::Hide => Self::Hide(true),
            Action::Show => Self::Hide(false),
            Action::Delete => Self::Delete,
            Action::Retry => Self::Retry,
            Action::Pin => Self::Wall(Some(WallChoice::Pinned)),
            Action::Skip => Self::Wall(Some(WallChoice::Skipped)),
            Action::Unpin => Self::Wall(None),
        }
    }
}

/// A change of many photos: `hide` from guests or `show` again; `delete`; `retry` failed ones; on the live wall `pin`
/// (always shown), `skip` (never shown) or `unpin` (neither).
#[derive(Deserialize, ToSchema)]
pub(crate) struct PhotosChange {
    /// Ids of photos; photos of other events are ignored.
    #[schema(min_items = 1, max_items = 3000)]
    ids: Vec<i64>,
    // A description beside an inlined list of values would contradict it.
    #[schema(inline)]
    action: Action,
}

impl Validate for PhotosChange {
    fn check(&self, issues: &mut Issues) {
        let fits = (1..=MAX_IDS).contains(&self.ids.len());
        issues.expect(fits, "ids", "length", "expected 1 to 3000 ids");
    }
}

/// How many photos changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Changed {
    changed: u64,
}

/// Changes many photos of an event.
#[utoipa::path(post, path = "/events/{event_id}/images/change", tag = "photos", params(("event_id" = i64, Path)),
    request_body = PhotosChange, responses((status = 200, body = Changed)))]
pub(crate) async fn change(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Valid(request): Valid<PhotosChange>,
) -> Result<Json<Changed>, ApiError> {
    let ids: Vec<PhotoId> = request.ids.iter().copied().filter_map(PhotoId::from_i64).collect();
    let (store, change) = (state.store(), Change::from(request.action));
    let changed = blocking(move || {
        let mut changed = 0;
        for batch in ids.chunks(BATCH) {
            let batch = batch.to_vec();
            changed += store.write(move |db| photo_changes::apply(db, event.id, &batch, change))?;
        }
        if change == Change::Delete {
            store.purge_blobs()?;
        }
        Ok(changed)
    });
    Ok(Json(Changed { changed: changed.await? }))
}
