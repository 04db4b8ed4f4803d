//! Which photos of an event somebody may see: the owner all of them, others those that are searchable and not hidden.

use super::error::ApiError;
use super::error_code::ErrorCode;
use crate::domain::{Event, Photo, PhotoState, User, Visibility};

/// In whose name a photo is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Viewer {
    /// The event's owner.
    Owner,
    /// Somebody who was let in.
    Guest,
}

impl Viewer {
    /// What a user is to an event.
    pub(super) fn of(user: &User, event: &Event) -> Self {
        if event.owner_id == Some(user.id) { Self::Owner } else { Self::Guest }
    }

    /// What addresses of the event's photos are signed for: those of guests open no hidden photo, and a changed
    /// password ends all of them.
    pub(super) fn scope(self, event: &Event) -> String {
        match self {
            Self::Owner => format!("owner {}", event.password_version),
            Self::Guest => event.password_version.to_string(),
        }
    }

    /// Whether all of the event's photos may be looked through.
    pub(super) fn may_browse(self, event: &Event) -> bool {
        self == Self::Owner || (event.closed_at.is_none() && event.visibility == Visibility::All)
    }
}

/// Whether guests may see a photo of an event that they were let into.
pub(super) fn is_shown(photo: &Photo) -> bool {
    photo.state == PhotoState::Indexed && !photo.hidden
}

/// In whose name an address was signed; `signed_for` checks it for a scope. The same refusal for a wrong signature and
/// for what that viewer may not see.
pub(super) fn check_address(
    photo: &Photo,
    event: &Event,
    signed_for: impl Fn(&str) -> Result<(), ApiError>,
) -> Result<Viewer, ApiError> {
    if signed_for(&Viewer::Owner.scope(event)).is_ok() {
        return Ok(Viewer::Owner);
    }
    signed_for(&Viewer::Guest.scope(event))?;
    let shown = event.closed_at.is_none() && is_shown(photo);
    if shown { Ok(Viewer::Guest) } else { Err(ErrorCode::LinkInvalid.into()) }
}
