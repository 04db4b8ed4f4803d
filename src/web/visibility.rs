//! Which photos somebody sees: the one place that decides it for galleries, searches, archives and pictures alike.

use std::collections::HashSet;
use std::sync::Arc;

use super::access::GuestAccess;
use super::error::{ApiError, blocking};
use super::{AppState, Inner};
use crate::domain::{Embedding, EventId, Photo, PhotoId, Visibility};
use crate::store::{StoreError, browse, marks};

/// What a guest sees of their event.
pub(super) struct View<'a> {
    inner: &'a Inner,
    event: EventId,
    /// Where guests see only their own photos: the face we know, and what they kept when we knew.
    limits: Option<(Option<Arc<Embedding>>, HashSet<PhotoId>)>,
}

impl<'a> View<'a> {
    /// As it is now; asks the database.
    pub(super) fn of(inner: &'a Inner, guest: &GuestAccess) -> Result<Self, StoreError> {
        let context = &inner.settings.context;
        let limits = match guest.event.visibility {
            Visibility::All => None,
            Visibility::Matches => {
                let marks = context.store.read(|c| marks::find(c, guest.token_hash))?;
                Some((inner.standing.find(guest.token_hash, context.clock.now()), marks.bookmarks))
            }
        };
        Ok(Self { inner, event: guest.event.id, limits })
    }

    /// Whether a photo is for this guest: one of their event that is not hidden and, where guests see their own photos
    /// alone, one they are in as far as we know, or kept.
    pub(super) fn has(&self, photo: &Photo) -> Result<bool, StoreError> {
        if photo.event_id != self.event || !photo.is_visible() {
            return Ok(false);
        }
        let Some((face, kept)) = &self.limits else { return Ok(true) };
        if kept.contains(&photo.id) {
            return Ok(true);
        }
        let Some(face) = face else { return Ok(false) };
        let context = &self.inner.settings.context;
        let faces = context.store.read(|c| browse::list_faces(c, photo, context.pack_id))?;
        Ok(faces.iter().any(|(_, other)| other.similarity(face) >= self.inner.settings.maybe_threshold()))
    }
}

/// Whether a guest may see a photo.
pub(super) async fn may_see(state: &AppState, guest: &GuestAccess, photo: &Photo) -> Result<bool, ApiError> {
    let (inner, guest, photo) = (state.0.clone(), guest.clone(), photo.clone());
    blocking(move || Ok(View::of(&inner, &guest)?.has(&photo)?)).await
}
