//! Which photos somebody sees: the one place that decides it for galleries, searches, archives and pictures alike.

use std::collections::HashSet;
use std::sync::Arc;

use crate::domain::{Embedding, Event, EventId, Photo, PhotoId, User, Visibility, WallPlace};
use crate::pipeline::Context;
use crate::store::{StoreError, browse, marks, selfies};
use crate::web::AppState;
use crate::web::access::guest_session::GuestAccess;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::state::Inner;

/// In whose name a photo is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Viewer {
    /// The event's owner.
    Owner,
    /// Somebody who was let in.
    Guest,
}

impl Viewer {
    /// What a user is to an event.
    pub(in crate::web) fn of(user: &User, event: &Event) -> Self {
        if event.owner_id == Some(user.id) { Self::Owner } else { Self::Guest }
    }

    /// What addresses of the event's photos are signed for: those of guests open no hidden photo, and a changed
    /// password ends all of them.
    pub(in crate::web) fn scope(self, event: &Event) -> String {
        match self {
            Self::Owner => format!("owner {}", event.password_version),
            // Where guests see less from now on, what they had been given ends.
            Self::Guest => format!("{} {}", event.password_version, event.visibility.as_str()),
        }
    }

    /// Whether all of the event's photos may be looked through.
    pub(in crate::web) fn may_browse(self, event: &Event) -> bool {
        self == Self::Owner || (event.closed_at.is_none() && event.visibility == Visibility::All)
    }
}

/// In whose name an address was signed; `signed_for` checks it for a scope. The same refusal for a wrong signature and
/// for what that viewer may not see.
pub(in crate::web) fn check_address(
    photo: &Photo,
    event: &Event,
    signed_for: impl Fn(&str) -> Result<(), ApiError>,
) -> Result<Viewer, ApiError> {
    if signed_for(&Viewer::Owner.scope(event)).is_ok() {
        return Ok(Viewer::Owner);
    }
    signed_for(&Viewer::Guest.scope(event))?;
    let shown = event.closed_at.is_none() && photo.is_visible();
    if shown { Ok(Viewer::Guest) } else { Err(ErrorCode::LinkInvalid.into()) }
}

/// Whether the live wall shows a photo: all that are visible, also where guests see their own photos alone, for whoever
/// shows a wall shows it to everybody.
pub(in crate::web) fn is_on_wall(event: &Event, photo: &Photo) -> bool {
    photo.event_id == event.id && photo.is_visible() && photo.wall != Some(WallPlace::Skipped)
}

/// Whether a user who is inside an event may keep a photo of it: where users see their own photos alone, one with a
/// face like that of their stored selfie. Asks the database.
pub(in crate::web) fn may_keep(
    context: &Context,
    least: f32,
    user: &User,
    event: &Event,
    photo: &Photo,
) -> Result<bool, StoreError> {
    if Viewer::of(user, event) == Viewer::Owner {
        return Ok(true);
    }
    if !photo.is_visible() {
        return Ok(false);
    }
    if event.visibility == Visibility::All {
        return Ok(true);
    }
    let (store, pack) = (&context.store, context.pack_id);
    let Some(face) = store.read(|c| selfies::find_embedding(c, user.id, pack))? else { return Ok(false) };
    let faces = store.read(|c| browse::list_faces(c, photo, pack))?;
    Ok(faces.iter().any(|(_, other)| other.similarity(&face) >= least))
}

/// What a guest sees of their event.
pub(in crate::web) struct GuestView<'a> {
    inner: &'a Inner,
    event: EventId,
    /// Where guests see only their own photos: the face we know, and what they kept when we knew.
    limits: Option<(Option<Arc<Embedding>>, HashSet<PhotoId>)>,
}

impl<'a> GuestView<'a> {
    /// As it is now; asks the database.
    pub(in crate::web) fn of(inner: &'a Inner, guest: &GuestAccess) -> Result<Self, StoreError> {
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
    pub(in crate::web) fn has(&self, photo: &Photo) -> Result<bool, StoreError> {
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
pub(in crate::web) async fn may_see(
    state: &AppState,
    guest: &GuestAccess,
    photo: &Photo,
) -> Result<bool, ApiError> {
    let (inner, guest, photo) = (state.0.clone(), guest.clone(), photo.clone());
    blocking(move || Ok(GuestView::of(&inner, &guest)?.has(&photo)?)).await
}
