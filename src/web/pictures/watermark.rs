//! The watermark of an event, ready to be put on pictures.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::EventId;
use crate::imaging::Stamp;
use crate::store::{Reader, watermarks};
use crate::web::error::blocking;
use crate::web::{ApiError, AppState};

/// The decoded logo that was used last: most requests are for one event.
#[derive(Default)]
pub(crate) struct Stamps(Mutex<Option<(EventId, u32, Arc<Stamp>)>>);

impl Stamps {
    fn find(&self, event_id: EventId, version: u32) -> Option<Arc<Stamp>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(id, v, _)| (*id, *v) == (event_id, version)).map(|(.., stamp)| stamp.clone())
    }

    fn keep(&self, event_id: EventId, version: u32, stamp: Arc<Stamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((event_id, version, stamp));
    }

    /// Call when an event's watermark has changed.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The version of the event's watermark, if it has one.
pub(super) async fn version(state: &AppState, event_id: EventId) -> Result<Option<u32>, ApiError> {
    let find = |db: &Reader, id| Ok(watermarks::find_place(db, id)?.map(|(.., version)| version));
    state.recall(|recall| &recall.watermarks, event_id, find).await
}

/// The event's watermark, decoded, if it has one.
pub(crate) async fn stamp(state: &AppState, event_id: EventId) -> Result<Option<Arc<Stamp>>, ApiError> {
    let Some(version) = version(state, event_id).await? else { return Ok(None) };
    let (inner, store) = (state.0.clone(), state.store());
    if let Some(stamp) = inner.stamps.find(event_id, version) {
        return Ok(Some(stamp));
    }
    blocking(move || {
        let Some(watermark) = store.read(|c| watermarks::find(c, event_id))? else { return Ok(None) };
        let stamp = Arc::new(Stamp::new(&watermark).map_err(|error| ApiError::internal(&error))?);
        inner.stamps.keep(event_id, watermark.version, stamp.clone());
        Ok(Some(stamp))
    })
    .await
}
