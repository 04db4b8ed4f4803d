//! Endpoints for apps, one file per resource. Mobile clients rely on this contract.

use super::AppState;
use super::error::{ApiError, blocking};
use crate::store::{StoreError, Writer};

pub(in crate::web) mod accounts;
pub(in crate::web) mod activity;
pub(in crate::web) mod auth;
pub(in crate::web) mod bookmarks;
pub(in crate::web) mod docs;
pub(in crate::web) mod drive_searches;
pub(in crate::web) mod entries;
pub(in crate::web) mod event_bodies;
pub(in crate::web) mod event_views;
pub(in crate::web) mod events;
pub(in crate::web) mod find_my_face;
pub(in crate::web) mod google;
pub(in crate::web) mod guest_options;
pub(in crate::web) mod photos;
pub(in crate::web) mod root;
pub(in crate::web) mod selfies;
pub(in crate::web) mod views;

/// Deletes rows, then the blobs that belonged to them. Both happen even if the client disconnects.
async fn delete<T: Send + 'static>(
    state: &AppState,
    rows: impl Fn(&Writer) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let store = state.store();
    blocking(move || {
        let deleted = store.write(rows)?;
        store.purge_blobs()?;
        Ok(deleted)
    })
    .await
}
