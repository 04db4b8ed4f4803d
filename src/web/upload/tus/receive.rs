//! Receives one piece of an upload onto the disk; the last piece makes the file a photo.
//!
//! This runs in a task of its own: a client that disconnects ends its request, not the writing of what has arrived.

use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};

use crate::domain::{PendingUpload, UploadId};
use crate::intake::{Accepted, HEAD_BYTES, IntakeError, PieceBuffer, accept_upload};
use crate::store::{BlobKey, UploadFile, uploads};
use crate::web::error::blocking;
use crate::web::upload::tus::locks::{FinishedUpload, UploadLock};
use crate::web::upload::tus::{LIFETIME, UploadProgress};
use crate::web::{ApiError, AppState, ErrorCode};

/// What happens to an upload whose piece is refused or cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Keep,
    /// The client does not know its URL yet and will not come back.
    Delete,
}

/// Receives a piece; whatever part of it arrives is kept.
pub(crate) async fn receive(
    state: AppState,
    upload: PendingUpload,
    lock: UploadLock,
    mut body: Body,
    on_failure: OnFailure,
) -> Result<UploadProgress, ApiError> {
    let task = tokio::spawn(async move {
        let id = upload.id;
        let received = receive_body(&state, upload, &lock, &mut body).await;
        if received.is_err() && on_failure == OnFailure::Delete {
            delete_upload(&state, id).await?;
        }
        // The client may continue at once.
        drop(lock);
        match received {
            Err(error) => Err(drain(&mut body, error).await),
            received => received,
        }
    });
    task.await.map_err(|panic| ApiError::internal(&panic))?
}

/// Reads what a refused client still sends, and returns the error. A client that is cut off while it sends does not see
/// the response and would start over.
pub(crate) async fn drain(body: &mut Body, error: ApiError) -> ApiError {
    if error.code() != ErrorCode::TooSlow {
        while let Some(Ok(_)) = next(body).await {}
    }
    error
}

async fn next(body: &mut Body) -> Option<Result<Bytes, ()>> {
    let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()).map_err(|_| ()))
}

async fn receive_body(
    state: &AppState,
    upload: PendingUpload,
    lock: &UploadLock,
    body: &mut Body,
) -> Result<UploadProgress, ApiError> {
    let mut writer = PieceWriter::open(state, &upload).await?;
    // Why the body ended too early, if it did.
    let cut_off = loop {
        let bytes = tokio::select! {
            () = lock.stop_requested() => break Some(ErrorCode::UploadBusy),
            bytes = next(body) => bytes,
        };
        match bytes {
            None => break None,
            Some(Ok(bytes)) => {
                state.count_upload(&bytes);
                if let Err(error) = writer.buffer.push(&bytes) {
                    return Err(reject(state, upload.id, error).await);
                }
            }
            Some(Err(())) => break Some(ErrorCode::TooSlow),
        }
        if writer.buffer.is_full() {
            writer = writer.flush().await?;
        }
    };
    let mut writer = writer.flush().await?;
    let (offset, id, expires_at) = (writer.file.length(), upload.id, state.now().plus(LIFETIME));
    let (store, whole) = (state.store(), offset == upload.size_bytes);
    let exists = blocking(move || {
        writer.file.sync()?;
        Ok(whole || store.write(move |tx| uploads::extend(tx, id, expires_at))?)
    });
    if !exists.await? {
        delete_upload(state, id).await?;
        return Err(ErrorCode::UploadNotFound.into());
    }
    if whole {
        return accept(state, upload).await;
    }
    match cut_off {
        None => Ok(UploadProgress::Partial { offset, expires_at }),
        Some(code) => Err(code.into()),
    }
}

/// An upload's file, and the bytes to be appended to it.
struct PieceWriter {
    file: UploadFile,
    buffer: PieceBuffer,
}

impl PieceWriter {
    async fn open(state: &AppState, upload: &PendingUpload) -> Result<Self, ApiError> {
        let (store, id, size_bytes) = (state.store(), upload.id, upload.size_bytes);
        blocking(move || {
            let file = store.blobs().append_upload(id)?;
            let head = store.blobs().read_head(&BlobKey::Upload(id), HEAD_BYTES)?.unwrap_or_default();
            let buffer = PieceBuffer::resume(head, file.length(), size_bytes);
            Ok(Self { file, buffer })
        })
        .await
    }

    async fn flush(mut self) -> Result<Self, ApiError> {
        blocking(move || {
            self.buffer.flush(|piece| self.file.write(piece))?;
            Ok(self)
        })
        .await
    }
}

/// Accepts a whole file of which no piece is being received.
pub(crate) async fn finish(
    state: AppState,
    upload: PendingUpload,
    lock: UploadLock,
) -> Result<UploadProgress, ApiError> {
    let task = tokio::spawn(async move {
        let _lock = lock;
        accept(&state, upload).await
    });
    task.await.map_err(|panic| ApiError::internal(&panic))?
}

async fn accept(state: &AppState, upload: PendingUpload) -> Result<UploadProgress, ApiError> {
    let (id, event_id, size_bytes) = (upload.id, upload.destination.event_id, upload.size_bytes);
    let (store, now) = (state.store(), state.now());
    let accepted = match blocking(move || Ok(accept_upload(&store, &upload, now))).await? {
        Ok(accepted) => accepted.ok_or(ErrorCode::UploadNotFound)?,
        Err(error) => return Err(reject(state, id, error).await),
    };
    let (Accepted::New(photo) | Accepted::Known(photo)) = accepted;
    let known = matches!(accepted, Accepted::Known(_));
    let finished = FinishedUpload { id, event_id, size_bytes, photo, known };
    state.0.uploads.remember(finished);
    Ok(UploadProgress::Done(finished))
}

/// The response to a file that is not accepted. An upload that is no picture is deleted; others can be continued.
async fn reject(state: &AppState, id: UploadId, error: IntakeError) -> ApiError {
    match error.server_fault() {
        Ok(fault) => fault.into(),
        Err(IntakeError::TooLarge { .. }) => ErrorCode::BodyTooLarge.into(),
        Err(_) => match delete_upload(state, id).await {
            Ok(()) => ErrorCode::UploadRefused.into(),
            Err(failure) => failure,
        },
    }
}

/// Deletes an upload with its bytes.
pub(crate) async fn delete_upload(state: &AppState, id: UploadId) -> Result<(), ApiError> {
    let store = state.store();
    blocking(move || {
        store.write(move |tx| uploads::delete(tx, id))?;
        Ok(store.blobs().delete(&BlobKey::Upload(id))?)
    })
    .await
}
