//! Another FotoTa that brings an event here.

use axum::http::request::Parts;

use super::caller::bearer;
use crate::auth::token_hash;
use crate::domain::{Digest, EventId, UserId};
use crate::store::{StoreError, events, moves};
use crate::web::{ApiError, AppState, ErrorCode};

/// Who may bring one event.
#[derive(Clone, Copy)]
pub(crate) struct ReceptionAccess {
    token_hash: Digest,
    /// Who owns the event then.
    pub(crate) user: UserId,
}

/// The permission whose token the request carries.
///
/// # Errors
/// If there is none, or it has expired.
pub(crate) async fn reception(parts: &Parts, state: &AppState) -> Result<ReceptionAccess, ApiError> {
    let (token_hash, now) = (token_hash(bearer(&parts.headers).unwrap_or_default()), state.now());
    let found = state.read(move |db| moves::find_reception(db, token_hash, now)).await?;
    let user = found.ok_or(ErrorCode::ReceptionRefused)?.user_id;
    Ok(ReceptionAccess { token_hash, user })
}

impl ReceptionAccess {
    /// From now on the permission is for this event alone.
    ///
    /// # Errors
    /// If it is for another one, or the event is somebody else's here.
    pub(crate) async fn bind(self, state: &AppState, event: EventId) -> Result<(), ApiError> {
        let bound = state.write(move |db| {
            let known = events::find(db, event)?;
            let is_own = known.is_none_or(|known| known.owner_id == Some(self.user));
            Ok::<_, StoreError>(is_own && moves::bind_reception(db, self.token_hash, event)?)
        });
        if bound.await? { Ok(()) } else { Err(ErrorCode::ReceptionRefused.into()) }
    }
}
