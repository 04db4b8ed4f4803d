//! Endpoints for apps, one file per resource. Mobile clients rely on this contract.

use super::AppState;
use super::error::{ApiError, blocking};
use crate::store::{StoreError, Writer};

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod auth;
pub(crate) mod bookmarks;
pub(in crate::web) mod change;
pub(crate) mod docs;
pub(crate) mod drive_searches;
pub(crate) mod entries;
pub(crate) mod event_bodies;
mod event_times;
pub(crate) mod event_views;
pub(crate) mod events;
pub(crate) mod face_view;
pub(crate) mod find_my_face;
pub(crate) mod google;
pub(crate) mod guest_options;
pub(crate) mod photos;
pub(crate) mod root;
pub(crate) mod second_factor;
pub(crate) mod selfies;
pub(crate) mod views;

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
