//! Forgets what is over: sessions and uploads that have expired, selfies that nobody uses.

use std::time::Duration;

use super::AppState;
use crate::store::{StoreError, selfies, sessions, uploads, user_sessions};

/// How often.
const PAUSE: Duration = Duration::from_mins(10);

pub(super) async fn forget_what_is_over(state: AppState) {
    loop {
        let state_now = state.clone();
        let swept = tokio::task::spawn_blocking(move || sweep(&state_now));
        if let Ok(Err(error)) = swept.await {
            tracing::warn!(%error, "what is over could not be forgotten, it is tried again");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn sweep(state: &AppState) -> Result<(), StoreError> {
    let (store, now) = (state.store(), state.now());
    state.0.standing.sweep(now);
    let unused_since = now.minus(state.config().privacy.selfie());
    let selfies = store.write(move |tx| {
        sessions::delete_expired(tx, now)?;
        user_sessions::delete_expired(tx, now)?;
        uploads::delete_expired(tx, now)?;
        selfies::delete_unused(tx, unused_since)
    })?;
    if selfies > 0 {
        tracing::info!(selfies, "deleted stored selfies that nobody used");
    }
    store.purge_files()
}
