//! Which photos a viewer sees, in galleries, searches, archives and pictures alike. Which are visible to guests at all
//! is a column of the database.

use std::collections::HashSet;

use crate::app::App;
use crate::auth::Tokens;
use crate::domain::{Event, Photo, PhotoId, User, UserId, Visibility, WallChoice};
use crate::search::Query;
use crate::store::{StoreError, marks, selfies, visits};
use crate::web::access::guest_session::GuestAccess;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};

/// Whose rights apply to a request for photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The event's owner.
    Owner,
    /// A guest or user inside the event.
    Guest,
}

impl Viewer {
    /// A user's rights in an event.
    pub(crate) fn of(user: &User, event: &Event) -> Self {
        if event.owner_id == Some(user.id) { Self::Owner } else { Self::Guest }
    }

    /// What signed URLs of the event's photos are valid for: those of guests open no hidden photo, and a new password
    /// revokes all of them.
    pub(crate) fn scope(self, event: &Event) -> String {
        match self {
            Self::Owner => format!("owner {}", event.password_version),
            // Restricting what guests see revokes the URLs they have.
            Self::Guest => format!("{} {}", event.password_version, event.visibility.as_str()),
        }
    }

    /// Whether the viewer may browse all photos of the event.
    pub(crate) fn may_browse(self, event: &Event) -> bool {
        self == Self::Owner || (event.closed_at.is_none() && event.visibility == Visibility::All)
    }
}

/// Whether a user owns the event, or entered it recently and it is open.
pub(crate) async fn is_open_to(state: &AppState, event: &Event, user: UserId) -> Result<bool, ApiError> {
    if event.owner_id == Some(user) {
        return Ok(true);
    }
    if event.closed_at.is_some() {
        return Ok(false);
    }
    let (now, id) = (state.now(), event.id);
    state.read(move |db| visits::is_inside(db, user, id, now, Tokens::event_access_lifetime())).await
}

/// The viewer that a photo's URL was signed for; `signed_for` checks the signature for a scope. A wrong signature and a
/// photo that the viewer may not see give the same error.
pub(crate) fn check_signed_url(
    photo: &Photo,
    event: &Event,
    signed_for: impl Fn(&str) -> Result<(), ApiError>,
) -> Result<Viewer, ApiError> {
    if signed_for(&Viewer::Owner.scope(event)).is_ok() {
        return Ok(Viewer::Owner);
    }
    signed_for(&Viewer::Guest.scope(event))?;
    let shown = event.closed_at.is_none() && photo.visible;
    if shown { Ok(Viewer::Guest) } else { Err(ErrorCode::LinkInvalid.into()) }
}

/// Whether the live wall shows a photo: any visible one, even if guests see only their own photos, because a wall is
/// for everyone in the room.
pub(crate) fn is_on_wall(event: &Event, photo: &Photo) -> bool {
    photo.event_id == event.id && photo.visible && photo.wall != Some(WallChoice::Skipped)
}

/// Whether a user inside an event may bookmark a photo of it. If users see only their own photos, one of its faces must
/// match the stored selfie. Queries the database.
pub(crate) fn may_keep(app: &App, user: &User, event: &Event, photo: &Photo) -> Result<bool, StoreError> {
    if Viewer::of(user, event) == Viewer::Owner {
        return Ok(true);
    }
    if !photo.visible {
        return Ok(false);
    }
    if event.visibility == Visibility::All {
        return Ok(true);
    }
    let (event_id, pack_id) = (event.id, app.pack_id);
    let face = app.store.read(|c| selfies::find_embedding(c, user.id, pack_id))?;
    let Some(selfies) = face.as_ref().map(std::slice::from_ref) else { return Ok(false) };
    let query = Query { event_id, pack_id, selfies, denied: &HashSet::new(), with_hidden: false };
    let found = app.store.read(|db| app.search.find_photos(db, query))?;
    Ok(found.matches.iter().any(|found| found.photo.id == photo.id))
}

/// What a guest sees of their event.
pub(crate) struct GuestView<'a> {
    guest: &'a GuestAccess,
    /// If guests see only their own photos, those.
    own: Option<HashSet<PhotoId>>,
}

impl<'a> GuestView<'a> {
    /// The view at this moment; queries the database.
    pub(crate) fn of(state: &AppState, guest: &'a GuestAccess) -> Result<Self, StoreError> {
        let own = match guest.event.visibility {
            Visibility::All => None,
            Visibility::Matches => {
                let marks = state.store().read(|db| marks::find(db, guest.token_hash))?;
                let mut own = marks.bookmarks;
                if let Some(face) = state.0.active_faces.find(guest.token_hash, state.now()) {
                    // What the guest has removed can be brought back.
                    own.extend(face.photos().into_iter().chain(marks.removed));
                }
                Some(own)
            }
        };
        Ok(Self { guest, own })
    }

    /// Whether the guest may see a photo: a visible one of the event and, if guests see only their own photos, one that
    /// is a favourite or was found with the guest's active face.
    pub(crate) fn has(&self, photo: &Photo) -> bool {
        if photo.event_id != self.guest.event.id || !photo.visible {
            return false;
        }
        self.own.as_ref().is_none_or(|own| own.contains(&photo.id))
    }
}

/// Whether a guest may see a photo.
pub(crate) async fn may_see(state: &AppState, guest: &GuestAccess, photo: &Photo) -> Result<bool, ApiError> {
    let (state, guest, photo) = (state.clone(), guest.clone(), photo.clone());
    blocking(move || Ok(GuestView::of(&state, &guest)?.has(&photo))).await
}
