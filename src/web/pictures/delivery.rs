//! A photo becomes what others than its event's owner get of it: a thumbnail, a preview, a download, marked with the
//! event's logo where it has one.
//!
//! Marked pictures are made anew for each request and never kept: photos on the disk stay as they are, and a changed
//! logo is seen by whoever has not got the picture in the half hour before.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_util::io::ReaderStream;

use crate::domain::{DownloadSize, Event, EventId, ImageFormat, Photo, TallyKind};
use crate::imaging::Stamp;
use crate::store::{Derived, tallies, watermarks};
use crate::web::AppState;
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::work_limit::Permit;

/// Read at once; measured best for serving files of several megabytes.
const CHUNK_BYTES: usize = 256 << 10;
/// JPEG quality of a marked preview: it is encoded for the second time.
const PREVIEW_QUALITY: u8 = 85;
/// JPEG quality of a marked download, which is to keep.
const DOWNLOAD_QUALITY: u8 = 92;
/// A picture's bytes never change, but the right to see it ends; shared caches must not keep it at all.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, max-age=1800");

/// What is asked for of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Kind {
    /// Never marked: too small to be taken for anything.
    Thumbnail,
    Preview,
    /// To keep, as the event's owner lets guests.
    Download,
}

/// The logo that was needed last, decoded: mostly one event is looked at.
#[derive(Default)]
pub(in crate::web) struct Stamps(Mutex<Option<(EventId, u32, Arc<Stamp>)>>);

impl Stamps {
    fn find(&self, event_id: EventId, version: u32) -> Option<Arc<Stamp>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(id, v, _)| (*id, *v) == (event_id, version)).map(|(.., stamp)| stamp.clone())
    }

    fn keep(&self, event_id: EventId, version: u32, stamp: Arc<Stamp>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((event_id, version, stamp));
    }

    /// The event's watermark has changed.
    pub(in crate::web) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What is put on the event's pictures; `None` where nothing is.
pub(in crate::web) async fn stamp(
    state: &AppState,
    event_id: EventId,
) -> Result<Option<Arc<Stamp>>, ApiError> {
    let (inner, store) = (state.0.clone(), state.store());
    blocking(move || {
        let Some((.., version)) = store.read(|c| watermarks::find_place(c, event_id))? else {
            return Ok(None);
        };
        if let Some(stamp) = inner.stamps.find(event_id, version) {
            return Ok(Some(stamp));
        }
        let Some(watermark) = store.read(|c| watermarks::find(c, event_id))? else { return Ok(None) };
        let stamp = Arc::new(Stamp::new(&watermark).map_err(|error| ApiError::internal(&error))?);
        inner.stamps.keep(event_id, watermark.version, stamp.clone());
        Ok(Some(stamp))
    })
    .await
}

/// The file on the disk that a picture is, or is made of, and what it is called when it is kept.
#[derive(Clone)]
pub(in crate::web) struct Source {
    pub(in crate::web) path: PathBuf,
    pub(in crate::web) file_name: String,
    format: ImageFormat,
    quality: u8,
}

impl Source {
    /// Of a download as the event's owner lets guests; `None` where no guest may keep anything.
    pub(in crate::web) fn of_download(
        state: &AppState,
        event: &Event,
        photo: &Photo,
        marked: bool,
    ) -> Option<Self> {
        let store = state.store();
        let (path, format) = match event.download {
            DownloadSize::Original => (store.files().find_original(photo.id, photo.format), photo.format),
            DownloadSize::Reduced => (store.files().derived(photo.id, Derived::Preview), ImageFormat::Jpeg),
            DownloadSize::Nothing => return None,
        };
        let is_made = marked || event.download == DownloadSize::Reduced;
        let file_name = if is_made { named_jpeg(&photo.file_name) } else { photo.file_name.clone() };
        Some(Self { path, file_name, format, quality: DOWNLOAD_QUALITY })
    }

    fn of_preview(state: &AppState, photo: &Photo) -> Self {
        let path = state.store().files().derived(photo.id, Derived::Preview);
        Self { path, file_name: String::new(), format: ImageFormat::Jpeg, quality: PREVIEW_QUALITY }
    }

    /// A JPEG of it with the logo; waits for the disk and computes.
    pub(in crate::web) fn render(
        &self,
        state: &AppState,
        stamp: &Stamp,
        permit: Permit,
    ) -> Result<Vec<u8>, ApiError> {
        let file = std::fs::read(&self.path).map_err(|error| unreadable(&error))?;
        let marked = stamp.apply(&file, state.0.settings.app.limits, self.quality);
        drop(permit);
        marked.map_err(|error| ApiError::internal(&error))
    }
}

/// To a guest or visitor who may see the photo.
pub(in crate::web) async fn deliver(
    state: &AppState,
    event: &Event,
    photo: &Photo,
    kind: Kind,
) -> Result<Response, ApiError> {
    if kind == Kind::Thumbnail {
        return stream(&state.store().files().derived(photo.id, Derived::Thumbnail), ImageFormat::Jpeg).await;
    }
    if kind == Kind::Download && event.download == DownloadSize::Nothing {
        return Err(ErrorCode::DownloadForbidden.into());
    }
    let stamp = stamp(state, event.id).await?;
    let source = match kind {
        Kind::Download => {
            Source::of_download(state, event, photo, stamp.is_some()).ok_or(ErrorCode::DownloadForbidden)?
        }
        Kind::Thumbnail | Kind::Preview => Source::of_preview(state, photo),
    };
    let mut response = match stamp {
        None => stream(&source.path, source.format).await?,
        Some(stamp) => {
            let permit = state.0.renders.acquire().await?;
            let (state, source) = (state.clone(), source.clone());
            whole(blocking(move || source.render(&state, &stamp, permit)).await?)
        }
    };
    if kind == Kind::Download {
        response.headers_mut().insert(CONTENT_DISPOSITION, attachment(&source.file_name));
    }
    Ok(response)
}

/// Counts photos that guests took with them; that it fails keeps nobody from theirs.
pub(in crate::web) async fn count_downloads(state: &AppState, event_id: EventId, photos: u32) {
    let (store, now) = (state.store(), state.now());
    let counted = blocking(move || {
        Ok(store.write(move |tx| tallies::add(tx, event_id, TallyKind::Download, photos, now))?)
    });
    if let Err(error) = counted.await {
        tracing::warn!(cause = error.cause(), "downloads could not be counted");
    }
}

/// A file as it lies on the disk.
pub(in crate::web) async fn stream(
    path: &std::path::Path,
    format: ImageFormat,
) -> Result<Response, ApiError> {
    let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(&error))?;
    let length = file.metadata().await.map_err(|error| ApiError::internal(&error))?.len();
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file, CHUNK_BYTES)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(CACHE_CONTROL, PRIVATE);
    Ok(response)
}

/// A JPEG that was just made.
fn whole(jpeg: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(jpeg));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(ImageFormat::Jpeg.content_type()));
    headers.insert(CACHE_CONTROL, PRIVATE);
    response
}

fn unreadable(error: &std::io::Error) -> ApiError {
    match error.kind() {
        // Deleted since its row was looked at.
        std::io::ErrorKind::NotFound => ErrorCode::PhotoNotFound.into(),
        _ => ApiError::internal(error),
    }
}

/// The photographer's name for a photo, as a JPEG's.
fn named_jpeg(file_name: &str) -> String {
    let (stem, ending) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => file_name.to_owned(),
        "png" | "webp" if !stem.is_empty() => format!("{stem}.jpg"),
        _ => format!("{file_name}.jpg"),
    }
}

/// Everything that RFC 8187 does not allow as it is, and a few signs more.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// "Save as" with the photo's own name (RFC 6266, RFC 8187).
pub(in crate::web) fn attachment(file_name: &str) -> HeaderValue {
    let header = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(file_name, ESCAPED));
    HeaderValue::from_str(&header).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_cannot_leave_the_header() {
        let header = attachment("a\"\r\nSet-Cookie: x=1; ../b é.jpg");
        assert_eq!(
            header.to_str().unwrap(),
            "attachment; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x%3D1%3B%20..%2Fb%20%C3%A9.jpg"
        );
    }

    #[test]
    fn jpegs_are_named_as_such() {
        for (given, named) in [
            ("DSC_1.JPG", "DSC_1.JPG"),
            ("a.jpeg", "a.jpeg"),
            ("a.b.png", "a.b.jpg"),
            ("logo.WebP", "logo.jpg"),
            ("photo", "photo.jpg"),
            (".png", ".png.jpg"),
            ("No. 7", "No. 7.jpg"),
        ] {
            assert_eq!(named_jpeg(given), named);
        }
    }
}
