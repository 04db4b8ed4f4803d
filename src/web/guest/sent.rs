//! The photos that a guest has sent.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::{Photo, PhotoState};
use crate::store::{photos, sources};
use crate::web::access::guest_session::GuestAccess;
use crate::web::error::blocking;
use crate::web::http::validate::number_in_path;
use crate::web::{ApiError, AppState, ErrorCode};

/// What a guest has sent, newest first.
#[derive(Serialize)]
pub(crate) struct SentPhotos {
    items: Vec<SentPhoto>,
    /// How many more the guest may send; null: any number.
    left: Option<u32>,
}

#[derive(Serialize)]
struct SentPhoto {
    id: i64,
    file_name: String,
    state: SentState,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum SentState {
    /// Its faces are not searchable yet.
    Processing,
    /// For the photographer's approval.
    Waiting,
    /// To other guests.
    Shown,
    /// By the photographer.
    Hidden,
    /// It cannot be read.
    Failed,
}

fn state_of(photo: &Photo) -> SentState {
    match photo.state {
        PhotoState::Failed(_) => SentState::Failed,
        PhotoState::Pending => SentState::Processing,
        PhotoState::Indexed if photo.held => SentState::Waiting,
        PhotoState::Indexed if photo.hidden => SentState::Hidden,
        PhotoState::Indexed => SentState::Shown,
    }
}

/// What the guest has sent, and how many more may follow.
pub(crate) async fn list(
    State(state): State<AppState>,
    guest: GuestAccess,
) -> Result<Json<SentPhotos>, ApiError> {
    let found = state.read(move |db| {
        let sent = photos::list_sent(db, guest.token_hash)?;
        let source = sources::find_guests(db, guest.event.id)?;
        let limit = source.and_then(|source| source.max_per_guest);
        let count = sources::count_sent(db, guest.token_hash)?;
        Ok((sent, limit.map(|limit| limit.saturating_sub(count))))
    });
    let (sent, left) = found.await?;
    let items = sent.iter().map(|photo| SentPhoto {
        id: photo.id.as_i64(),
        file_name: photo.file_name.clone(),
        state: state_of(photo),
    });
    Ok(Json(SentPhotos { items: items.collect(), left }))
}

/// Deletes a photo that the guest has sent.
pub(crate) async fn take_back(
    State(state): State<AppState>,
    guest: GuestAccess,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = number_in_path(&id, "photo_id")?.ok_or(ErrorCode::PhotoNotFound)?;
    let store = state.store();
    let deleted = blocking(move || {
        let deleted = store.write(move |db| {
            let sent = photos::list_sent(db, guest.token_hash)?;
            if sent.iter().any(|photo| photo.id == id) { photos::delete(db, id) } else { Ok(false) }
        })?;
        store.purge_blobs()?;
        Ok(deleted)
    });
    if deleted.await? { Ok(StatusCode::NO_CONTENT) } else { Err(ErrorCode::PhotoNotFound.into()) }
}
