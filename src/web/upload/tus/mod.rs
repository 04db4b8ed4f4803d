//! Uploads in pieces, by the protocol tus 1.0.0 with its extensions creation, creation-with-upload, termination and
//! expiration: an upload that was cut off continues where it stopped, even hours and restarts later.
//!
//! An upload is a row and a file, whose length is the offset. What arrives is kept, however its connection ends. A
//! whole file becomes a photo at once; then the upload is gone, and only remembered for clients that missed the
//! response.

pub(crate) mod list;
mod locks;
mod method_override;
mod protocol;
mod receive;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::{PendingUpload, Timestamp, UploadId};
use crate::intake::IntakeError;
use crate::store::{BlobKey, events, uploads};
use crate::web::access::upload_target::UploadTarget;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};
use locks::{FinishedUpload, UploadLock};
use protocol::{
    EXPIRES, EXTENSION, EXTENSIONS, LENGTH, MAX_SIZE, METADATA, OFFSET, ReadMetadata, check_extensions,
    check_version, http_date, is_piece, number, read_metadata, write_metadata,
};
use receive::OnFailure;

pub(crate) use locks::Uploads;
pub(crate) use method_override::act;
pub(crate) use protocol::add_headers;

/// An upload without a new piece for so long expires.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Unfinished uploads into all events of one owner: a client that never finishes one does not fill the disk.
const MAX_OPEN: u64 = 1000;

/// What the upload belongs to, and its id.
type UploadPath = Path<(String, String)>;

/// How far an upload has come.
enum UploadProgress {
    Partial { offset: u64, expires_at: Timestamp },
    Done(FinishedUpload),
}

/// The protocol that the server speaks; the same for all callers.
pub(crate) async fn describe(State(state): State<AppState>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(protocol::VERSIONS, protocol::VERSION);
    headers.insert(EXTENSION, EXTENSIONS);
    headers.insert(MAX_SIZE, state.config().intake.max_file_bytes().into());
    response
}

/// Creates an upload; the request may carry its first piece.
pub(crate) async fn create(
    State(state): State<AppState>,
    target: UploadTarget,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, mut body) = request.into_parts();
    let upload = match new_upload(&state, &target, &parts.headers) {
        Ok(upload) => upload,
        Err(error) => return Err(receive::drain(&mut body, error).await),
    };
    let (store, row) = (state.store(), upload.clone());
    let added = blocking(move || {
        let id = row.id;
        let added = store.write(move |tx| uploads::insert_within(tx, &row, MAX_OPEN))?;
        added.then(|| store.blobs().append_upload(id)).transpose()?;
        Ok(added)
    });
    if !added.await? {
        return Err(receive::drain(&mut body, ErrorCode::UploadTooMany.into()).await);
    }
    let location = format!("{}/{}", target.path, upload.id);
    let progress = if is_piece(&parts.headers) {
        let lock = state.0.uploads.try_lock(upload.id).ok_or(ErrorCode::UploadBusy)?;
        receive::receive(state, upload, lock, body, OnFailure::Delete).await?
    } else {
        UploadProgress::Partial { offset: 0, expires_at: upload.expires_at }
    };
    let mut response = progress_response(StatusCode::CREATED, &progress);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

fn new_upload(
    state: &AppState,
    target: &UploadTarget,
    headers: &HeaderMap,
) -> Result<PendingUpload, ApiError> {
    check_version(headers)?;
    check_extensions(headers)?;
    events::check_open(&target.event)?;
    let size_bytes = number(headers, &LENGTH)?;
    let ReadMetadata { file_name, credit } = read_metadata(headers)?;
    let max_bytes = target.max_bytes(state.config().intake.max_file_bytes());
    if size_bytes > max_bytes {
        let detail = IntakeError::TooLarge { max_bytes }.to_string();
        return Err(ApiError::with_detail(ErrorCode::BodyTooLarge, &detail));
    }
    if size_bytes == 0 {
        return Err(ErrorCode::UploadRefused.into());
    }
    let (now, id, destination) = (state.now(), UploadId::random(), target.named(credit));
    Ok(PendingUpload {
        id,
        destination,
        file_name,
        size_bytes,
        created_at: now,
        expires_at: now.plus(LIFETIME),
    })
}

/// How far an upload has come. The client is about to continue, so a piece that is still being received, over a
/// connection that may be dead, is stopped.
pub(crate) async fn show(
    State(state): State<AppState>,
    target: UploadTarget,
    path: UploadPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    check_version(&headers)?;
    let id = upload_id(&path)?;
    if find(&state, &target, id).await?.is_none() {
        return finished_response(&state, &target, id);
    }
    let lock = state.0.uploads.take_over(id).await?;
    // It may have become a photo meanwhile.
    let Some(upload) = find(&state, &target, id).await? else {
        return finished_response(&state, &target, id);
    };
    let metadata = write_metadata(&upload.file_name);
    let (size, expires_at, store) = (upload.size_bytes, upload.expires_at, state.store());
    let offset = blocking(move || Ok(store.blobs().size(&BlobKey::Upload(id))?.unwrap_or(0))).await?;
    let progress = if offset == size {
        // Complete when the server was killed. A client that sees this offset believes that the photo is safe.
        events::check_open(&target.event)?;
        receive::finish(state, upload, lock).await?
    } else {
        UploadProgress::Partial { offset, expires_at }
    };
    let mut response = progress_response(StatusCode::OK, &progress);
    response.headers_mut().insert(LENGTH, size.into());
    response.headers_mut().insert(METADATA, metadata);
    Ok(response)
}

/// Receives the next piece.
pub(crate) async fn append(
    State(state): State<AppState>,
    target: UploadTarget,
    path: UploadPath,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, mut body) = request.into_parts();
    let progress = match check_piece(&state, &target, &path, &parts.headers).await {
        Ok(NextPiece::Expected(upload, lock)) => {
            receive::receive(state, upload, lock, body, OnFailure::Keep).await?
        }
        Ok(NextPiece::Repeated(finished)) => UploadProgress::Done(finished),
        Err(error) => return Err(receive::drain(&mut body, error).await),
    };
    Ok(progress_response(StatusCode::NO_CONTENT, &progress))
}

enum NextPiece {
    Expected(PendingUpload, UploadLock),
    /// The last piece again: the client missed the response to it.
    Repeated(FinishedUpload),
}

async fn check_piece(
    state: &AppState,
    target: &UploadTarget,
    path: &UploadPath,
    headers: &HeaderMap,
) -> Result<NextPiece, ApiError> {
    check_version(headers)?;
    events::check_open(&target.event)?;
    if !is_piece(headers) {
        return Err(ErrorCode::UploadType.into());
    }
    let (offset, id) = (number(headers, &OFFSET)?, upload_id(path)?);
    let lock = state.0.uploads.try_lock(id).ok_or(ErrorCode::UploadBusy)?;
    let Some(upload) = find(state, target, id).await? else {
        let finished = state.0.uploads.find_finished(target.event.id, id).ok_or(ErrorCode::UploadNotFound)?;
        return if offset == finished.size_bytes {
            Ok(NextPiece::Repeated(finished))
        } else {
            Err(ErrorCode::UploadOffset.into())
        };
    };
    let store = state.store();
    let length = blocking(move || Ok(store.blobs().size(&BlobKey::Upload(id))?.unwrap_or(0))).await?;
    if offset != length {
        return Err(ErrorCode::UploadOffset.into());
    }
    // Refused before it is sent, if its length is known.
    let announced = headers.get(axum::http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if length.saturating_add(announced) > upload.size_bytes {
        return Err(ErrorCode::BodyTooLarge.into());
    }
    Ok(NextPiece::Expected(upload, lock))
}

/// Deletes an upload.
pub(crate) async fn delete(
    State(state): State<AppState>,
    target: UploadTarget,
    path: UploadPath,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    check_version(&headers)?;
    let id = upload_id(&path)?;
    find(&state, &target, id).await?.ok_or(ErrorCode::UploadNotFound)?;
    let _lock = state.0.uploads.take_over(id).await?;
    find(&state, &target, id).await?.ok_or(ErrorCode::UploadNotFound)?;
    receive::delete_upload(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn upload_id(path: &UploadPath) -> Result<UploadId, ApiError> {
    path.0.1.parse().map_err(|_| ErrorCode::UploadNotFound.into())
}

async fn find(
    state: &AppState,
    target: &UploadTarget,
    id: UploadId,
) -> Result<Option<PendingUpload>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let found = blocking(move || Ok(store.read(|c| uploads::find(c, id, now))?)).await?;
    Ok(found.filter(|upload| target.has(upload)))
}

/// For a client that missed the response to its last piece.
fn finished_response(state: &AppState, target: &UploadTarget, id: UploadId) -> Result<Response, ApiError> {
    let finished = state.0.uploads.find_finished(target.event.id, id).ok_or(ErrorCode::UploadNotFound)?;
    let mut response = progress_response(StatusCode::OK, &UploadProgress::Done(finished));
    response.headers_mut().insert(LENGTH, finished.size_bytes.into());
    Ok(response)
}

fn progress_response(status: StatusCode, progress: &UploadProgress) -> Response {
    let mut response = (status, Body::empty()).into_response();
    let headers = response.headers_mut();
    match progress {
        UploadProgress::Partial { offset, expires_at } => {
            headers.insert(OFFSET, (*offset).into());
            headers.extend(http_date(*expires_at).map(|date| (EXPIRES, date)));
        }
        UploadProgress::Done(finished) => {
            headers.insert(OFFSET, finished.size_bytes.into());
            headers.insert(protocol::PHOTO, finished.photo.as_i64().into());
            if finished.known {
                headers.insert(protocol::DUPLICATE, HeaderValue::from_static("true"));
            }
        }
    }
    response
}
