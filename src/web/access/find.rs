//! Finds what a number in a path names.

use std::str::FromStr;

use crate::domain::Event;
use crate::store::{Reader, StoreError, events};
use crate::web::http::validate::number_in_path;
use crate::web::{ApiError, AppState, ErrorCode};

/// The event with the number `id`, which the path has as `event_id`.
pub(crate) async fn find_event(state: &AppState, id: &str) -> Result<Event, ApiError> {
    let event = find_by_number(state, ("event_id", id), events::find).await?;
    event.ok_or_else(|| ErrorCode::EventNotFound.into())
}

/// Fails if the faces of the event were deleted at their date.
pub(crate) fn expect_faces(event: &Event) -> Result<(), ApiError> {
    if event.faces_deleted_at.is_some() { Err(ErrorCode::FacesEnded.into()) } else { Ok(()) }
}

/// What `find` finds for the number that the path has under a name.
pub(crate) async fn find_by_number<I: FromStr + Send + 'static, T: Send + 'static>(
    state: &AppState,
    (name, number): (&str, &str),
    find: fn(&Reader, I) -> Result<Option<T>, StoreError>,
) -> Result<Option<T>, ApiError> {
    let Some(id) = number_in_path(number, name)? else { return Ok(None) };
    state.read(move |db| find(db, id)).await
}
