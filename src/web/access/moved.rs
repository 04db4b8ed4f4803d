//! Events that another FotoTa has now: callers are told where, and keys that came with an event are good here.

use crate::auth::token_hash;
use crate::domain::{Event, Source};
use crate::store::moves;
use crate::web::{ApiError, AppState, ErrorCode};

/// Where a page of an event is now; `None` if it is here. A key in it is in no log: browsers never send what follows
/// the `#`.
pub(crate) fn location(event: &Event, page: &str, key: Option<&str>) -> Option<String> {
    let to = event.moved_to.as_deref()?;
    let key = key.map_or_else(String::new, |key| format!("#k={key}"));
    Some(format!("{}{page}{key}", to.trim_end_matches('/')))
}

/// # Errors
/// With the place, if the event is elsewhere.
pub(crate) fn expect_here(event: &Event, page: &str, key: Option<&str>) -> Result<(), ApiError> {
    location(event, page, key)
        .map_or(Ok(()), |location| Err(ApiError::with_extra(ErrorCode::EventMoved, "location", &location)))
}

/// Whether a key opens an event's entry or wall that another data folder made.
pub(crate) async fn opens(
    state: &AppState,
    event: &Event,
    purpose: &'static str,
    key: &str,
) -> Result<bool, ApiError> {
    let (id, version, hash) = (event.id, event.password_version, token_hash(key));
    state.read(move |db| moves::is_brought_key(db, id, (purpose, 0, version), hash)).await
}

/// Whether a key is a source's that another data folder made.
pub(crate) async fn fits(state: &AppState, source: &Source, key: &str) -> Result<bool, ApiError> {
    let (event, id, version) = (source.event_id, source.id.as_i64(), source.key_version);
    let hash = token_hash(&key.to_ascii_lowercase());
    state.read(move |db| moves::is_brought_key(db, event, ("source", id, version), hash)).await
}
