//! What is unfinished.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::store::{BlobKey, uploads};
use crate::web::access::upload_target::UploadTarget;
use crate::web::error::blocking;
use crate::web::{ApiError, AppState};

/// An upload, as its sender sees it.
#[derive(Serialize)]
struct UploadView {
    id: i64,
    file_name: String,
    size_bytes: u64,
    offset: u64,
    expires_at: String,
}

#[derive(Serialize)]
pub(crate) struct UploadList {
    items: Vec<UploadView>,
}

/// The caller's unfinished uploads into an event.
pub(crate) async fn show(
    State(state): State<AppState>,
    target: UploadTarget,
) -> Result<Json<UploadList>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let items = blocking(move || {
        let (event, source) = (target.event.id, target.destination.source_id);
        let uploads = store.read(|c| uploads::list(c, event, source, now))?;
        let views = uploads.into_iter().map(|upload| {
            Ok(UploadView {
                id: upload.id.as_i64(),
                offset: store.blobs().size(&BlobKey::Upload(upload.id))?.unwrap_or(0),
                file_name: upload.file_name,
                size_bytes: upload.size_bytes,
                expires_at: upload.expires_at.to_string(),
            })
        });
        views.collect::<Result<Vec<_>, ApiError>>()
    });
    Ok(Json(UploadList { items: items.await? }))
}
