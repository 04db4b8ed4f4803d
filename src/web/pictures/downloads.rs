//! Counts guests' downloads. They are gathered for a second: a write for each would make everything that is recalled
//! (`access::recall`) unknown again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::{EventId, TallyKind};
use crate::store::tallies;
use crate::web::AppState;

const PAUSE: Duration = Duration::from_secs(1);

/// Photos that were downloaded and are not recorded yet.
#[derive(Default)]
pub(crate) struct Downloads(Mutex<HashMap<EventId, u32>>);

/// Counts photos that a guest downloads.
pub(crate) fn count(state: &AppState, event: EventId, photos: u32) {
    let mut counted = state.0.downloads.0.lock().unwrap_or_else(PoisonError::into_inner);
    if counted.is_empty() {
        let state = state.clone();
        tokio::spawn(async move {
            tokio::time::sleep(PAUSE).await;
            record(&state).await;
        });
    }
    *counted.entry(event).or_default() += photos;
}

/// Records what was counted. A failure is logged.
pub(crate) async fn record(state: &AppState) {
    let counted = std::mem::take(&mut *state.0.downloads.0.lock().unwrap_or_else(PoisonError::into_inner));
    if counted.is_empty() {
        return;
    }
    let now = state.now();
    let recorded = state.write(move |tx| {
        counted
            .iter()
            .try_for_each(|(event, photos)| tallies::add(tx, *event, TallyKind::Download, *photos, now))
    });
    if let Err(error) = recorded.await {
        tracing::warn!(cause = error.cause(), "downloads could not be counted");
    }
}
