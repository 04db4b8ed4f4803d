//! What a rule found, and hands to the handler: the handler cannot get it otherwise.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::domain::{DriveSearch, Event, Photo};
use crate::web::access::caller::{SignedIn, UrlsFor};
use crate::web::access::contributor::ContributorAccess;
use crate::web::access::guest_session::GuestAccess;
use crate::web::access::receiver::ReceptionAccess;
use crate::web::access::upload_target::UploadTarget;
use crate::web::access::visibility::Viewer;
use crate::web::{ApiError, AppState};

/// The event that a rule gives access to.
#[derive(Clone)]
pub(in crate::web) struct OpenEvent(pub(in crate::web) Event);

/// A photo in an event of the caller's.
#[derive(Clone)]
pub(in crate::web) struct OwnPhoto(pub(in crate::web) Photo);

/// The caller's own Drive search.
#[derive(Clone)]
pub(in crate::web) struct OwnSearch(pub(in crate::web) DriveSearch);

macro_rules! granted {
    ($($grant:ty),*) => {$(
        impl FromRequestParts<AppState> for $grant {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
                let missing = std::io::Error::other("the route's rule does not provide what its handler needs");
                parts.extensions.get::<Self>().cloned().ok_or_else(|| ApiError::internal(&missing))
            }
        }
    )*};
}

granted!(
    SignedIn,
    UrlsFor,
    GuestAccess,
    OpenEvent,
    Viewer,
    OwnPhoto,
    OwnSearch,
    UploadTarget,
    ContributorAccess,
    ReceptionAccess
);
