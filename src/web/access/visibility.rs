//! Which photos a viewer sees, in galleries, searches, archives and pictures alike. Which are visible to guests at all
//! is a column of the database.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Tokens;
use crate::domain::{Event, EventId, Photo, PhotoId, User, UserId, Visibility, WallChoice};
use crate::limits::Client;
use crate::search::Query;
use crate::store::marks::Marks;
use crate::store::{Reader, marks, selfies, visits};
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::searched_faces::SearchedFaces;
use crate::web::access::stored_face;
use crate::web::state::Shared;
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

/// What a signed URL is valid for, if it was made for this user.
pub(crate) fn media_scope(user: UserId, scope: &str) -> String {
    format!("{user} {scope}")
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

/// Which photos a user may bookmark in events that the user is inside.
pub(crate) struct UserView<'a> {
    app: &'a App,
    searched: &'a SearchedFaces,
    user: &'a User,
    client: Client,
    /// The user's own photos, by the stored selfie, of the events that were searched for them.
    own: HashMap<EventId, HashSet<PhotoId>>,
}

impl<'a> UserView<'a> {
    pub(crate) fn of(shared: &'a Shared, user: &'a User, client: Client) -> Self {
        let (app, searched) = (&shared.settings.app, &*shared.searched_faces);
        Self { app, searched, user, client, own: HashMap::new() }
    }

    /// Whether the user may bookmark a photo. If users see only their own photos, the stored selfie must find it.
    /// Queries the database, and may have to read the selfie.
    pub(crate) fn may_keep(&mut self, event: &Event, photo: &Photo) -> Result<bool, ApiError> {
        if Viewer::of(self.user, event) == Viewer::Owner {
            return Ok(true);
        }
        if !photo.visible || event.visibility == Visibility::All {
            return Ok(photo.visible);
        }
        if !self.own.contains_key(&event.id) {
            let own = self.find_own(event)?;
            self.own.insert(event.id, own);
        }
        Ok(self.own.get(&event.id).is_some_and(|own| own.contains(&photo.id)))
    }

    fn find_own(&self, event: &Event) -> Result<HashSet<PhotoId>, ApiError> {
        let (Self { app, user, .. }, event_id) = (self, event.id);
        let selfie = app.store.read(|db| selfies::find(db, user.id))?;
        if selfie.is_none_or(|selfie| selfie.refusal.is_some()) {
            return Ok(HashSet::new());
        }
        let selfies = match stored_face::codes(app, user.id, event_id) {
            Ok(codes) => {
                self.searched.admit(event, &self.client, &[&codes.current], app.clock.now())?;
                &[codes]
            }
            Err(error) if matches!(error.code(), ErrorCode::Selfie(_)) => return Ok(HashSet::new()),
            Err(error) => return Err(error),
        };
        let query = Query { event_id, selfies, denied: &HashSet::new(), with_hidden: false };
        let found = app.store.read(|db| app.search.find_photos(db, query))?;
        Ok(found.matches.into_iter().map(|found| found.photo.id).collect())
    }
}

/// What a guest sees of their event.
pub(crate) struct GuestView {
    event: EventId,
    /// If guests see only their own photos, which those are.
    own: Option<OwnPhotos>,
}

struct OwnPhotos {
    marks: Arc<Marks>,
    /// With the guest's active face or the one they tapped; `None` without a face.
    found: Option<HashSet<PhotoId>>,
}

impl GuestView {
    /// The view at this moment.
    pub(crate) async fn of(state: &AppState, guest: &GuestAccess) -> Result<Self, ApiError> {
        let own = match guest.event.visibility {
            Visibility::All => None,
            Visibility::Matches => {
                let find = |db: &Reader, session| marks::find(db, session).map(Arc::new);
                let marks = state.recall(|recall| &recall.marks, guest.token_hash, find).await?;
                Some(OwnPhotos { marks, found: state.0.active_faces.photos(guest, state.now()) })
            }
        };
        Ok(Self { event: guest.event.id, own })
    }

    /// Whether the guest may see a photo: a visible one of the event and, if guests see only their own photos, one that
    /// is a favourite or was found with the guest's active face or the one they tapped.
    pub(crate) fn has(&self, photo: &Photo) -> bool {
        let shown = photo.event_id == self.event && photo.visible;
        shown && self.own.as_ref().is_none_or(|own| own.has(photo.id))
    }
}

impl OwnPhotos {
    fn has(&self, id: PhotoId) -> bool {
        // What the guest has removed can be brought back.
        let is_result = |found: &HashSet<PhotoId>| found.contains(&id) || self.marks.removed.contains(&id);
        self.marks.bookmarks.contains(&id) || self.found.as_ref().is_some_and(is_result)
    }
}
