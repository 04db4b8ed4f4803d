//! Photos into an event in pieces, by the protocol tus 1.0.0 with its extensions creation, creation-with-upload,
//! termination and expiration: an upload that was cut off goes on where it is, hours and restarts later.
//!
//! An upload is a row and a file; how far it is the file's length says. What arrives is kept, however its connection
//! ends. A whole file is a photo at once; the upload is then gone, and only remembered for clients that missed the
//! answer.

mod held;
mod method_override;
mod piece;
mod protocol;

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::{Event, PendingUpload, Timestamp, UploadId};
use crate::store::uploads;
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::rule::OpenEvent;
use held::{Finished, Held};
use piece::OnFailure;
use protocol::{
    EXPIRES, EXTENSION, EXTENSIONS, LENGTH, MAX_SIZE, METADATA, OFFSET, check_version, http_date, is_piece,
    number, read_metadata, write_metadata,
};

pub(in crate::web) use held::Uploads;
pub(in crate::web) use method_override::act;
pub(in crate::web) use protocol::add_headers;

/// After so long without a piece an upload is forgotten.
const LASTS: Duration = Duration::from_hours(7 * 24);

/// Event's and upload's number.
type UploadPath = Path<(String, String)>;

/// What became of a piece.
enum Progress {
    /// The upload ends here by now.
    Partial(u64, Timestamp),
    Done(Finished),
}

/// An upload, as the studio lists it.
#[derive(Serialize)]
struct UploadView {
    id: i64,
    file_name: String,
    size_bytes: u64,
    offset: u64,
    expires_at: String,
}

#[derive(Serialize)]
pub(in crate::web) struct UploadList {
    items: Vec<UploadView>,
}

/// What the server speaks; the same for everybody.
pub(in crate::web) async fn describe(State(state): State<AppState>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(protocol::VERSIONS, protocol::VERSION);
    headers.insert(EXTENSION, EXTENSIONS);
    headers.insert(MAX_SIZE, state.config().intake.max_file_bytes().into());
    response
}

/// What is on its way into an event of the caller's.
pub(in crate::web) async fn list(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<UploadList>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let items = blocking(move || {
        let uploads = store.read(|c| uploads::list(c, event.id, now))?;
        let views = uploads.into_iter().map(|upload| {
            Ok(UploadView {
                id: upload.id.as_i64(),
                offset: store.files().upload_length(upload.id)?,
                file_name: upload.file_name,
                size_bytes: upload.size_bytes,
                expires_at: upload.expires_at.to_string(),
            })
        });
        views.collect::<Result<Vec<_>, ApiError>>()
    });
    Ok(Json(UploadList { items: items.await? }))
}

/// Begins an upload; its first piece may come along.
pub(in crate::web) async fn create(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, mut body) = request.into_parts();
    let upload = match new_upload(&state, &event, &parts.headers) {
        Ok(upload) => upload,
        Err(error) => return Err(piece::refuse(&state, &mut body, error).await),
    };
    let (store, row) = (state.store(), upload.clone());
    blocking(move || {
        let id = row.id;
        store.write(move |tx| uploads::insert(tx, &row))?;
        store.files().append_upload(id)?;
        Ok(())
    })
    .await?;
    let place = format!("/events/{}/uploads/{}", event.id, upload.id);
    let progress = if is_piece(&parts.headers) {
        let held = state.0.uploads.hold(upload.id).ok_or(ErrorCode::UploadBusy)?;
        piece::receive(state, upload, held, body, OnFailure::Forget).await?
    } else {
        Progress::Partial(0, upload.expires_at)
    };
    let mut response = told(StatusCode::CREATED, &progress);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

fn new_upload(state: &AppState, event: &Event, headers: &HeaderMap) -> Result<PendingUpload, ApiError> {
    check_version(headers)?;
    if event.closed_at.is_some() {
        return Err(ErrorCode::EventClosed.into());
    }
    let size_bytes = number(headers, &LENGTH)?;
    let file_name = read_metadata(headers)?;
    let intake = &state.config().intake;
    if size_bytes > intake.max_file_bytes() {
        let detail = format!("the file is larger than the limit of {} MB", intake.max_file_mb);
        return Err(ApiError::with_detail(ErrorCode::BodyTooLarge, &detail));
    }
    if size_bytes == 0 {
        return Err(ErrorCode::UploadRefused.into());
    }
    let (now, id, event_id) = (state.now(), UploadId::random(), event.id);
    Ok(PendingUpload { id, event_id, file_name, size_bytes, created_at: now, expires_at: now.plus(LASTS) })
}

/// How far an upload is. Whoever asks is about to go on: a piece that is still coming in, over a connection that may
/// be dead without our knowing, ends here.
pub(in crate::web) async fn show(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    path: UploadPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_version(&headers)?;
    let id = upload_id(&path)?;
    if find(&state, &event, id).await?.is_none() {
        return missed(&state, &event, id);
    }
    let held = state.0.uploads.take_over(id).await?;
    // It may have become a photo meanwhile.
    let Some(upload) = find(&state, &event, id).await? else { return missed(&state, &event, id) };
    let metadata = write_metadata(&upload.file_name);
    let (size, expires_at, files) = (upload.size_bytes, upload.expires_at, state.store());
    let offset = blocking(move || Ok(files.files().upload_length(id)?)).await?;
    let progress = if offset == size {
        // Whole when the server was killed. A program that is told so takes the photo for safe.
        if event.closed_at.is_some() {
            return Err(ErrorCode::EventClosed.into());
        }
        piece::finish(state, upload, held).await?
    } else {
        Progress::Partial(offset, expires_at)
    };
    let mut response = told(StatusCode::OK, &progress);
    response.headers_mut().insert(LENGTH, size.into());
    response.headers_mut().insert(METADATA, metadata);
    Ok(response)
}

/// Takes the next piece.
pub(in crate::web) async fn append(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    path: UploadPath,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, mut body) = request.into_parts();
    match begin_piece(&state, &event, &path, &parts.headers).await {
        Ok(Begun::Piece(upload, held)) => {
            let progress = piece::receive(state, upload, held, body, OnFailure::Keep).await?;
            Ok(told(StatusCode::NO_CONTENT, &progress))
        }
        Ok(Begun::Over(finished)) => Ok(told(StatusCode::NO_CONTENT, &Progress::Done(finished))),
        Err(error) => Err(piece::refuse(&state, &mut body, error).await),
    }
}

enum Begun {
    Piece(PendingUpload, Held),
    /// The last piece again: its answer was missed.
    Over(Finished),
}

async fn begin_piece(
    state: &AppState,
    event: &Event,
    path: &UploadPath,
    headers: &HeaderMap,
) -> Result<Begun, ApiError> {
    check_version(headers)?;
    if event.closed_at.is_some() {
        return Err(ErrorCode::EventClosed.into());
    }
    if !is_piece(headers) {
        return Err(ErrorCode::UploadType.into());
    }
    let (offset, id) = (number(headers, &OFFSET)?, upload_id(path)?);
    let held = state.0.uploads.hold(id).ok_or(ErrorCode::UploadBusy)?;
    let Some(upload) = find(state, event, id).await? else {
        let finished = state.0.uploads.find_finished(event.id, id).ok_or(ErrorCode::UploadNotFound)?;
        return if offset == finished.size_bytes {
            Ok(Begun::Over(finished))
        } else {
            Err(ErrorCode::UploadOffset.into())
        };
    };
    let store = state.store();
    let length = blocking(move || Ok(store.files().upload_length(id)?)).await?;
    if offset != length {
        return Err(ErrorCode::UploadOffset.into());
    }
    // Refused before it is sent, where its length is known.
    let announced = headers.get(axum::http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if length.saturating_add(announced) > upload.size_bytes {
        return Err(ErrorCode::BodyTooLarge.into());
    }
    Ok(Begun::Piece(upload, held))
}

/// Forgets an upload.
pub(in crate::web) async fn delete(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    path: UploadPath,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    check_version(&headers)?;
    let id = upload_id(&path)?;
    find(&state, &event, id).await?.ok_or(ErrorCode::UploadNotFound)?;
    let _held = state.0.uploads.take_over(id).await?;
    find(&state, &event, id).await?.ok_or(ErrorCode::UploadNotFound)?;
    piece::forget(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn upload_id(path: &UploadPath) -> Result<UploadId, ApiError> {
    path.0.1.parse().map_err(|_| ErrorCode::UploadNotFound.into())
}

async fn find(state: &AppState, event: &Event, id: UploadId) -> Result<Option<PendingUpload>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let found = blocking(move || Ok(store.read(|c| uploads::find(c, id, now))?)).await?;
    Ok(found.filter(|upload| upload.event_id == event.id))
}

/// For a client that missed the answer to its last piece.
fn missed(state: &AppState, event: &Event, id: UploadId) -> Result<Response, ApiError> {
    let finished = state.0.uploads.find_finished(event.id, id).ok_or(ErrorCode::UploadNotFound)?;
    let mut response = told(StatusCode::OK, &Progress::Done(finished));
    response.headers_mut().insert(LENGTH, finished.size_bytes.into());
    Ok(response)
}

fn told(status: StatusCode, progress: &Progress) -> Response {
    let mut response = (status, Body::empty()).into_response();
    let headers = response.headers_mut();
    match progress {
        Progress::Partial(offset, expires_at) => {
            headers.insert(OFFSET, (*offset).into());
            headers.extend(http_date(*expires_at).map(|date| (EXPIRES, date)));
        }
        Progress::Done(finished) => {
            headers.insert(OFFSET, finished.size_bytes.into());
            headers.insert(protocol::PHOTO, finished.photo.as_i64().into());
            if finished.known {
                headers.insert(protocol::DUPLICATE, HeaderValue::from_static("true"));
            }
        }
    }
    response
}
