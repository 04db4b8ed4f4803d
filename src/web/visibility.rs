//! Which photos somebody sees: the one place that decides it for galleries, searches, archives and pictures alike.

use super::AppState;
use super::access::GuestAccess;
use super::error::{ApiError, blocking};
use crate::domain::{Photo, Visibility};
use crate::store::{StoreError, browse, marks};

/// Whether a guest may see a photo: one of their event that is not hidden and, where guests see their own photos alone,
/// one they are in as far as we know, or kept when we knew.
pub(super) async fn may_see(state: &AppState, guest: &GuestAccess, photo: &Photo) -> Result<bool, ApiError> {
    if photo.event_id != guest.event.id || !photo.is_visible() {
        return Ok(false);
    }
    if guest.event.visibility == Visibility::All {
        return Ok(true);
    }
    let face = state.0.standing.find(guest.token_hash, state.now());
    let (inner, session, photo) = (state.0.clone(), guest.token_hash, photo.clone());
    blocking(move || {
        let context = &inner.settings.context;
        let may = context.store.read(|connection| {
            if marks::find(connection, session)?.bookmarks.contains(&photo.id) {
                return Ok(true);
            }
            let Some(face) = face else { return Ok(false) };
            let least = inner.settings.maybe_threshold();
            let faces = browse::list_faces(connection, &photo, context.pack_id)?;
            Ok::<_, StoreError>(faces.iter().any(|(_, other)| other.similarity(&face) >= least))
        });
        Ok(may?)
    })
    .await
}
