//! Small pictures as they are sent: stored ones, and what is made of a preview, reduced or with the event's watermark.
//! What is made is never stored: it takes a moment, stays in memory while people ask for it, and ends with the photo.

use std::fmt;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::{EventId, Photo, PixelSize};
use crate::imaging::{self, MEDIUM_LONG_SIDE, Stamp};
use crate::store::BlobKey;
use crate::web::error::blocking;
use crate::web::pictures::file::{has, respond_from_memory};
use crate::web::pictures::watermark::stamp;
use crate::web::{ApiError, AppState, ErrorCode};

/// JPEG quality of a watermarked preview, which is encoded for the second time.
const MARKED_QUALITY: u8 = 85;

/// A stored picture, and what is made of it. Its text is an `ETag`: the same for the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SmallPicture {
    pub(super) blob: BlobKey,
    /// Whether it is reduced to [`MEDIUM_LONG_SIDE`].
    pub(super) is_medium: bool,
    /// Whose watermark is on it, and its version.
    pub(super) mark: Option<(EventId, u32)>,
}

impl SmallPicture {
    pub(super) fn stored(blob: BlobKey) -> Self {
        Self { blob, is_medium: false, mark: None }
    }

    pub(super) fn thumbnail(photo: &Photo) -> Self {
        Self::stored(BlobKey::Thumbnail(photo.file_id))
    }

    pub(super) fn preview(photo: &Photo) -> Self {
        Self::stored(BlobKey::Preview(photo.file_id))
    }

    /// The preview itself, if that is no larger.
    pub(super) fn medium(photo: &Photo) -> Self {
        let is_medium = preview_size(photo).is_none_or(|size| size.width.max(size.height) > MEDIUM_LONG_SIDE);
        Self { is_medium, ..Self::preview(photo) }
    }
}

impl fmt::Display for SmallPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.blob, if self.is_medium { ".medium" } else { "" })?;
        self.mark.map_or(Ok(()), |(_, version)| write!(f, ".{version}"))
    }
}

/// Size of a photo's preview.
pub(crate) fn preview_size(photo: &Photo) -> Option<PixelSize> {
    photo.preview_size.or(photo.size.map(imaging::preview_size))
}

/// Sends a picture from memory; it is read or made first if it is not there.
pub(super) async fn send(
    state: &AppState,
    picture: SmallPicture,
    request: &HeaderMap,
) -> Result<Response, ApiError> {
    let tag = picture.to_string();
    if has(request, &tag) {
        // What the client has need not be made again.
        return Ok(respond_from_memory(&Bytes::new(), &tag, request));
    }
    if let Some(elsewhere) = redirect(state, &picture, request).await? {
        return Ok(elsewhere);
    }
    let found = match state.0.hot.find(&picture) {
        Some(found) => found,
        None => make(state, picture).await?,
    };
    Ok(respond_from_memory(&found, &tag, request))
}

/// How long an address of the bucket is good.
const GOOD_FOR: Duration = Duration::from_mins(5);
/// How long a browser uses it again.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=240");
/// What a browser wants an answer for. Only an element of a page may show what another host sends.
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// To the bucket, where it may be asked for pictures as they are stored.
async fn redirect(
    state: &AppState,
    picture: &SmallPicture,
    request: &HeaderMap,
) -> Result<Option<Response>, ApiError> {
    let is_stored = picture.mark.is_none() && !picture.is_medium;
    let is_element = request.get(DESTINATION).is_some_and(|wanted| wanted == "image");
    let bucket = state.0.settings.app.config.storage.bucket.as_ref();
    if !is_stored || !is_element || !bucket.is_some_and(|bucket| bucket.direct) {
        return Ok(None);
    }
    let (store, blob) = (state.store(), picture.blob.clone());
    let address = blocking(move || Ok(store.blobs().address(&blob, GOOD_FOR)?)).await?;
    let target = address.and_then(|address| HeaderValue::from_str(&address).ok());
    Ok(target.map(|target| {
        let headers = [(LOCATION, target), (CACHE_CONTROL, KEPT), (VARY, HeaderValue::from(DESTINATION))];
        (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
    }))
}

async fn make(state: &AppState, picture: SmallPicture) -> Result<Bytes, ApiError> {
    let stamp = match picture.mark {
        Some((event_id, _)) => stamp(state, event_id).await?,
        None => None,
    };
    let is_stored = stamp.is_none() && !picture.is_medium;
    let permit = if is_stored { None } else { Some(state.0.renders.acquire().await?) };
    // Others may have waited for the same picture.
    if let Some(found) = state.0.hot.find(&picture) {
        return Ok(found);
    }
    let state = state.clone();
    blocking(move || {
        let made =
            if is_stored { read(&state, &picture) } else { render(&state, &picture, stamp.as_deref()) };
        let made = Bytes::from(made?);
        state.0.hot.keep(picture, made.clone());
        drop(permit);
        Ok(made)
    })
    .await
}

/// Blocks: reads from the disk.
fn read(state: &AppState, picture: &SmallPicture) -> Result<Vec<u8>, ApiError> {
    // `None`: deleted since its row was read.
    state.store().blobs().read(&picture.blob)?.ok_or(ErrorCode::PhotoNotFound.into())
}

/// Blocks: reads from the disk and computes.
fn render(state: &AppState, picture: &SmallPicture, stamp: Option<&Stamp>) -> Result<Vec<u8>, ApiError> {
    let blob = state.store().blobs().open(&picture.blob)?.ok_or(ErrorCode::PhotoNotFound)?;
    let limits = state.0.settings.app.limits;
    let rendered = match stamp {
        Some(stamp) if !picture.is_medium => stamp.apply(blob, limits, MARKED_QUALITY),
        stamp => imaging::medium(blob, limits, stamp),
    };
    rendered.map_err(|error| ApiError::internal(&error))
}
