//! An event that another FotoTa brings here, in parts.

use axum::Json;
use axum::extract::{Request, State};
use futures_util::StreamExt;

use crate::domain::{PhotoId, reason_chain};
use crate::event_file::{self, Brought, EventFileError, Listing, Missing, Watch};
use crate::signal::StopSignal;
use crate::store::{Store, StoreError, moves};
use crate::web::access::receiver::ReceptionAccess;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState, ErrorCode};

/// A part ends with the photo that makes it larger than 16 MB, and a photo may have a raw file and older versions.
const MAX_PART_BYTES: u64 = 4 << 30;
/// Rows of a million photos.
const MAX_LISTING_BYTES: usize = 64 << 20;

/// Says which photos are not here.
pub(crate) async fn list_missing(
    State(state): State<AppState>,
    access: ReceptionAccess,
    request: Request,
) -> Result<Json<Missing>, ApiError> {
    let body = axum::body::to_bytes(request.into_body(), MAX_LISTING_BYTES).await;
    let body = body.map_err(|_| ErrorCode::BodyTooLarge)?;
    let listing: Listing = serde_json::from_slice(&body).map_err(|_| ErrorCode::EventFileRefused)?;
    access.bind(&state, listing.event).await?;
    let photos = state.read(move |db| moves::list_missing(db, listing.event, &listing.photos)).await?;
    Ok(Json(Missing { photos }))
}

/// Takes a part.
pub(crate) async fn take(
    State(state): State<AppState>,
    access: ReceptionAccess,
    request: Request,
) -> Result<Json<Brought>, ApiError> {
    let part = Part::receive(&state, request).await?;
    let store = state.store();
    let event = blocking({
        let (store, id) = (store.clone(), part.id);
        move || event_file::event_of(open(&store, id)?).map_err(refusal)
    });
    access.bind(&state, event.await?).await?;
    let now = state.now();
    let brought = blocking(move || {
        let mut watch = Watch { stop: &StopSignal::default(), progress: &mut |_, _| {} };
        event_file::bring(&store, open(&store, part.id)?, Some(access.user), now, &mut watch).map_err(refusal)
    });
    brought.await.map(Json)
}

/// A part on the disk; gone when it is dropped.
struct Part {
    store: Store,
    id: PhotoId,
}

impl Part {
    async fn receive(state: &AppState, request: Request) -> Result<Self, ApiError> {
        let part = Self { store: state.store(), id: PhotoId::random() };
        let mut body = request.into_body().into_data_stream();
        let (store, id, mut size) = (part.store.clone(), part.id, 0);
        let mut incoming = blocking(move || store.blobs().receive_here(id).map_err(ApiError::from)).await?;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|_| ErrorCode::EventFileRefused)?;
            size += piece.len() as u64;
            if size > MAX_PART_BYTES {
                return Err(ErrorCode::BodyTooLarge.into());
            }
            incoming = blocking(move || {
                incoming.write(&piece)?;
                Ok::<_, ApiError>(incoming)
            })
            .await?;
        }
        blocking(move || incoming.finish().map_err(ApiError::from)).await?;
        Ok(part)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.store.blobs().discard_here(self.id);
    }
}

fn open(store: &Store, id: PhotoId) -> Result<crate::store::Blob, ApiError> {
    let part = store.blobs().open_here(id)?;
    part.ok_or_else(|| ErrorCode::Internal.into())
}

fn refusal(error: EventFileError) -> ApiError {
    match error {
        EventFileError::Busy => ErrorCode::Busy.into(),
        EventFileError::Store(error)
            if !matches!(error, StoreError::Move(_) | StoreError::Corrupt { .. }) =>
        {
            error.into()
        }
        error => ApiError::with_detail(ErrorCode::EventFileRefused, &reason_chain(&error)),
    }
}
