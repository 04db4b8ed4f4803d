//! A portrait of someone to look for: its face code is kept, the picture is not.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;

use super::edit::of_person;
use crate::search::{SearchTimes, embed_selfie};
use crate::store::{Writer, people};
use crate::web::access::stored_face::SELFIE_LIMITS;
use crate::web::guest::selfie::receive;
use crate::web::http::validate::number_in_path;
use crate::web::pictures::media::Picture;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState};

/// Gives a person a portrait to be found by, in place of an earlier one. The body is the picture's file; its largest
/// face is taken. The picture is not kept.
#[utoipa::path(post, path = "/events/{event_id}/people/{person_id}/portrait", tag = "people",
    params(("event_id" = i64, Path), ("person_id" = i64, Path)),
    request_body(content = Picture, content_type = "application/octet-stream"), responses((status = 204)))]
pub(crate) async fn put(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    Path((_, id)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "person_id")?;
    let picture = receive(&state, request).await?;
    let app = state.0.settings.app.clone();
    let pack = app.pack_id;
    let face = state.searches_with(&picture).run(move || {
        let (long_side, mut times) = (app.working_long_side, SearchTimes::default());
        Ok(embed_selfie(&app.engine, &picture, SELFIE_LIMITS, long_side, &mut times)?)
    });
    let face = face.await?;
    let set = move |db: &Writer, id| people::set_portrait(db, id, pack, &face).map(Ok);
    of_person(&state, event.id, id, set).await?;
    Ok(StatusCode::NO_CONTENT)
}
