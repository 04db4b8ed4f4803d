//! A piece of an upload, from the network onto the disk; the last one makes the file a photo.
//!
//! That goes on in a task of its own: a client that goes away in the middle ends its request, not the writing of what
//! had arrived.

use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};
use tokio::time::timeout;

use crate::domain::{PendingUpload, UploadId};
use crate::imaging::sniff;
use crate::intake::{Accepted, HEAD_BYTES, take_in_upload};
use crate::store::{BlobKey, UploadFile, uploads};
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::upload::tus::held::{Finished, Held};
use crate::web::upload::tus::{LASTS, Progress};

/// Written at once; smaller pieces from the network are gathered.
const PIECE_BYTES: usize = 1 << 20;

/// What becomes of an upload whose piece was refused or cut off.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum OnFailure {
    Keep,
    /// The client was not told its address yet, and will not come back.
    Forget,
}

/// Takes what comes; whatever of it arrives is kept.
pub(in crate::web) async fn receive(
    state: AppState,
    upload: PendingUpload,
    held: Held,
    mut body: Body,
    on_failure: OnFailure,
) -> Result<Progress, ApiError> {
    let task = tokio::spawn(async move {
        let id = upload.id;
        let taken = take(&state, upload, &held, &mut body).await;
        if taken.is_err() && on_failure == OnFailure::Forget {
            forget(&state, id).await?;
        }
        // The client may go on at once.
        drop(held);
        match taken {
            Err(error) => Err(refuse(&state, &mut body, error).await),
            taken => taken,
        }
    });
    task.await.map_err(|panic| ApiError::internal(&panic))?
}

/// Takes what a refused client still sends: whoever is cut off while sending does not see the answer, and would begin
/// again. Each piece has its time.
pub(in crate::web) async fn refuse(state: &AppState, body: &mut Body, error: ApiError) -> ApiError {
    let patience = state.config().server.slow_client();
    if error.code() != ErrorCode::TooSlow {
        while let Ok(Some(Ok(_))) = timeout(patience, next(body)).await {}
    }
    error
}

async fn next(body: &mut Body) -> Option<Result<Bytes, ()>> {
    let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(frame.map(|frame| frame.into_data().unwrap_or_default()).map_err(|_| ()))
}

/// Why no more comes.
enum End {
    Whole,
    Cut(ErrorCode),
}

async fn take(
    state: &AppState,
    upload: PendingUpload,
    held: &Held,
    body: &mut Body,
) -> Result<Progress, ApiError> {
    let patience = state.config().server.slow_client();
    let mut writing = Writing::begin(state, &upload).await?;
    let end = loop {
        let bytes = tokio::select! {
            () = held.is_wanted() => break End::Cut(ErrorCode::UploadBusy),
            bytes = timeout(patience, next(body)) => bytes,
        };
        match bytes {
            Ok(None) => break End::Whole,
            Ok(Some(Ok(bytes))) => {
                if let Err(refused) = writing.gather(&bytes) {
                    if refused == ErrorCode::UploadRefused {
                        forget(state, upload.id).await?;
                    }
                    return Err(refused.into());
                }
            }
            Ok(Some(Err(()))) | Err(_) => break End::Cut(ErrorCode::TooSlow),
        }
        if writing.gathered.len() >= PIECE_BYTES {
            writing = writing.flush().await?;
        }
    };
    let writing = writing.flush().await?;
    let (offset, id, expires_at) = (writing.file.length(), upload.id, state.now().plus(LASTS));
    let (store, whole) = (state.store(), offset == upload.size_bytes);
    let there = blocking(move || {
        writing.file.sync()?;
        Ok(whole || store.write(move |tx| uploads::extend(tx, id, expires_at))?)
    });
    if !there.await? {
        forget(state, id).await?;
        return Err(ErrorCode::UploadNotFound.into());
    }
    if whole {
        return take_in(state, upload).await;
    }
    match end {
        End::Whole => Ok(Progress::Partial(offset, expires_at)),
        End::Cut(code) => Err(code.into()),
    }
}

/// An upload's file, and what is to be appended.
struct Writing {
    file: UploadFile,
    size_bytes: u64,
    /// The first bytes, as long as it is not known what they are.
    head: Option<Vec<u8>>,
    gathered: Vec<u8>,
}

impl Writing {
    async fn begin(state: &AppState, upload: &PendingUpload) -> Result<Self, ApiError> {
        let (store, id, size_bytes) = (state.store(), upload.id, upload.size_bytes);
        blocking(move || {
            let file = store.blobs().append_upload(id)?;
            let begins = file.length() < HEAD_BYTES as u64;
            let key = BlobKey::Upload(id);
            let head = begins.then(|| store.blobs().read_head(&key, HEAD_BYTES)).transpose()?.flatten();
            Ok(Self { file, size_bytes, head, gathered: Vec::new() })
        })
        .await
    }

    /// Videos and sidecars are refused by their first bytes, before they are written.
    fn gather(&mut self, bytes: &[u8]) -> Result<(), ErrorCode> {
        if self.file.length() + (self.gathered.len() + bytes.len()) as u64 > self.size_bytes {
            return Err(ErrorCode::BodyTooLarge);
        }
        self.gathered.extend_from_slice(bytes);
        if let Some(head) = &mut self.head {
            head.extend(bytes.iter().take(HEAD_BYTES - head.len()));
            if head.len() == HEAD_BYTES {
                sniff(head).map_err(|_| ErrorCode::UploadRefused)?;
                self.head = None;
            }
        }
        Ok(())
    }

    async fn flush(mut self) -> Result<Self, ApiError> {
        if self.gathered.is_empty() {
            return Ok(self);
        }
        blocking(move || {
            self.file.write(&self.gathered)?;
            self.gathered.clear();
            Ok(self)
        })
        .await
    }
}

/// A whole file, of which no piece is coming in.
pub(in crate::web) async fn finish(
    state: AppState,
    upload: PendingUpload,
    held: Held,
) -> Result<Progress, ApiError> {
    let task = tokio::spawn(async move {
        let _held = held;
        take_in(&state, upload).await
    });
    task.await.map_err(|panic| ApiError::internal(&panic))?
}

async fn take_in(state: &AppState, upload: PendingUpload) -> Result<Progress, ApiError> {
    let (id, event_id, size_bytes) = (upload.id, upload.event_id, upload.size_bytes);
    let (store, now) = (state.store(), state.now());
    let taken = blocking(move || match take_in_upload(&store, &upload, now) {
        Ok(accepted) => Ok(accepted),
        Err(error) => Err(error.into_ours().map_or(ErrorCode::UploadRefused.into(), ApiError::from)),
    });
    let accepted = match taken.await {
        Err(error) if error.code() == ErrorCode::UploadRefused => {
            forget(state, id).await?;
            return Err(error);
        }
        taken => taken?.ok_or(ErrorCode::UploadNotFound)?,
    };
    let (Accepted::New(photo) | Accepted::Known(photo)) = accepted;
    let known = matches!(accepted, Accepted::Known(_));
    let finished = Finished { id, event_id, size_bytes, photo, known };
    state.0.uploads.remember(finished);
    Ok(Progress::Done(finished))
}

/// Nothing remains of the upload.
pub(in crate::web) async fn forget(state: &AppState, id: UploadId) -> Result<(), ApiError> {
    let store = state.store();
    blocking(move || {
        store.write(move |tx| uploads::delete(tx, id))?;
        Ok(store.blobs().delete(&BlobKey::Upload(id))?)
    })
    .await
}
