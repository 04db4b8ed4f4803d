//! What guests and users other than the owner get of a photo: a thumbnail, a medium picture, a preview or a download,
//! with the event's watermark if it has one.
//!
//! Watermarked pictures are rendered and never stored: the stored photos stay as they are, and a new logo shows within
//! the half hour that browsers cache a picture.

use std::io::BufReader;
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::{DownloadSize, Event, ImageFormat, Metadata, Photo, PhotoId};
use crate::imaging::{Pieces, Stamp, as_jpeg, bare};
use crate::store::{BlobKey, Store, StoreError};
use crate::web::error::blocking;
use crate::web::http::work_limit::Permit;
use crate::web::pictures::file::{OpenFile, PRIVATE};
use crate::web::pictures::small::{self, SmallPicture};
use crate::web::pictures::watermark::{self, stamp};
use crate::web::{ApiError, AppState, ErrorCode};

/// Read at once where an original is looked through.
const READ_BYTES: usize = 128 << 10;
/// JPEG quality of a download that is encoded for it.
const DOWNLOAD_QUALITY: u8 = 92;

/// What a guest requests of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rendition {
    /// Never watermarked: too small to be of use.
    Thumbnail,
    /// Fills a phone's screen.
    Medium,
    Preview,
    /// In the size that the owner allows.
    Download,
}

/// The blob that is sent or watermarked, and the name of the downloaded file.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) blob: BlobKey,
    pub(crate) file_name: String,
    format: ImageFormat,
    /// Whether guests get a JPEG of it in full size: not every phone or browser shows the file itself.
    pub(crate) is_converted: bool,
    /// Of an original: what it may say about itself.
    kept: Option<(PhotoId, Metadata)>,
}

impl Source {
    /// A download in the size that the owner allows; `None` if downloads are off.
    pub(crate) fn of_download(event: &Event, photo: &Photo, watermarked: bool) -> Option<Self> {
        let (blob, format, kept) = match event.download {
            DownloadSize::Original => {
                let kept = Some((photo.file_id, event.original_metadata));
                (BlobKey::Original(photo.file_id, photo.format), photo.format, kept)
            }
            DownloadSize::Reduced => (BlobKey::Preview(photo.file_id), ImageFormat::Jpeg, None),
            DownloadSize::Nothing => return None,
        };
        let is_converted = !format.is_shown_everywhere();
        let sent = if watermarked || is_converted { ImageFormat::Jpeg } else { format };
        let file_name = fitting_name(&photo.file_name, sent);
        Some(Self { blob, file_name, format, is_converted, kept })
    }

    /// A stored picture, which says nothing about itself, or an original for its owner.
    fn of_blob(blob: BlobKey, format: ImageFormat) -> Self {
        Self { blob, file_name: String::new(), format, is_converted: false, kept: None }
    }

    /// The file, as guests get it; `None` if it is gone. An original whose structure is too damaged to tell what it
    /// says is never sent: its preview takes its place. Blocks: reads from the disk.
    pub(crate) fn open(&self, store: &Store) -> Result<Option<OpenFile>, StoreError> {
        let Some(mut blob) = store.blobs().open(&self.blob)? else { return Ok(None) };
        let Some((photo, kept)) = self.kept else {
            let (pieces, tag) = (Pieces::whole(blob.size_bytes()), self.blob.to_string());
            return Ok(Some(OpenFile { blob, pieces, format: self.format, tag }));
        };
        let pieces = bare(&mut BufReader::with_capacity(READ_BYTES, &mut blob), self.format, kept);
        match pieces {
            Ok(pieces) => {
                let tag = format!("{}.{}", self.blob, kept.as_str());
                Ok(Some(OpenFile { blob, pieces, format: self.format, tag }))
            }
            Err(error) => {
                tracing::warn!(%photo, %error, "guests get a preview in place of a damaged original");
                Self::of_blob(BlobKey::Preview(photo), ImageFormat::Jpeg).open(store)
            }
        }
    }

    /// A JPEG, with the watermark if there is one. Blocks: reads from the disk and computes.
    pub(crate) fn render(
        &self,
        state: &AppState,
        stamp: Option<&Stamp>,
        permit: Permit,
    ) -> Result<Vec<u8>, ApiError> {
        // Deleted since its row was read.
        let blob = state.store().blobs().open(&self.blob)?.ok_or(ErrorCode::PhotoNotFound)?;
        let limits = state.0.settings.app.limits;
        let rendered = match stamp {
            Some(stamp) => stamp.apply(blob, limits, DOWNLOAD_QUALITY),
            None => as_jpeg(blob, limits, DOWNLOAD_QUALITY),
        };
        drop(permit);
        rendered.map_err(|error| ApiError::internal(&error))
    }
}

/// Sends a photo to a guest or user who may see it.
pub(crate) async fn deliver(
    state: &AppState,
    (event, photo): (&Event, &Photo),
    rendition: Rendition,
    request: &HeaderMap,
) -> Result<Response, ApiError> {
    let picture = match rendition {
        Rendition::Thumbnail => return small::send(state, SmallPicture::thumbnail(photo), request).await,
        Rendition::Medium => SmallPicture::medium(photo),
        Rendition::Preview => SmallPicture::preview(photo),
        Rendition::Download => return send_download(state, (event, photo), request).await,
    };
    let mark = watermark::version(state, event.id).await?.map(|version| (event.id, version));
    small::send(state, SmallPicture { mark, ..picture }, request).await
}

async fn send_download(
    state: &AppState,
    (event, photo): (&Event, &Photo),
    request: &HeaderMap,
) -> Result<Response, ApiError> {
    let stamp = if event.download == DownloadSize::Nothing { None } else { stamp(state, event.id).await? };
    let source = Source::of_download(event, photo, stamp.is_some()).ok_or(ErrorCode::DownloadForbidden)?;
    let name = attachment(&source.file_name);
    let mut response = if stamp.is_none() && !source.is_converted {
        send(state, source, request).await?
    } else {
        jpeg_response(render(state, source, stamp).await?)
    };
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

async fn render(state: &AppState, source: Source, stamp: Option<Arc<Stamp>>) -> Result<Vec<u8>, ApiError> {
    let permit = state.0.renders.acquire().await?;
    let state = state.clone();
    blocking(move || source.render(&state, stamp.as_deref(), permit)).await
}

/// A blob as it is stored.
pub(crate) async fn stream(
    state: &AppState,
    key: BlobKey,
    format: ImageFormat,
    request: &HeaderMap,
) -> Result<Response, ApiError> {
    send(state, Source::of_blob(key, format), request).await
}

async fn send(state: &AppState, source: Source, request: &HeaderMap) -> Result<Response, ApiError> {
    let store = state.store();
    let file = blocking(move || Ok(source.open(&store)?)).await?;
    // Deleted since its row was read.
    Ok(file.ok_or(ErrorCode::PhotoNotFound)?.respond(request))
}

/// A JPEG that was rendered for this request.
pub(super) fn jpeg_response(jpeg: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(jpeg));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(ImageFormat::Jpeg.content_type()));
    headers.insert(CACHE_CONTROL, PRIVATE);
    response
}

/// The photographer's name for a photo, with an ending that fits the format.
pub(super) fn fitting_name(file_name: &str, format: ImageFormat) -> String {
    let (stem, ending) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
    let named = ImageFormat::of_ending(&ending.to_ascii_lowercase());
    match named {
        Some(named) if named == format => file_name.to_owned(),
        // Each maker has an ending of its own.
        _ if format == ImageFormat::Raw && !ending.is_empty() => file_name.to_owned(),
        Some(_) if !stem.is_empty() => format!("{stem}.{}", format.extension()),
        _ => format!("{file_name}.{}", format.extension()),
    }
}

/// Everything that RFC 8187 does not allow as it is, and a few signs more.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// "Save as" with the photo's own name (RFC 6266, RFC 8187), and in ASCII for programs that know only that.
pub(crate) fn attachment(file_name: &str) -> HeaderValue {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -._~()".contains(c);
    let ascii: String = file_name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let exact = utf8_percent_encode(file_name, ESCAPED);
    let header = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{exact}");
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
            "attachment; filename=\"a___Set-Cookie_ x_1_ .._b _.jpg\"; \
             filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x%3D1%3B%20..%2Fb%20%C3%A9.jpg"
        );
    }

    #[test]
    fn names_end_as_their_content_demands() {
        for (given, jpeg, png) in [
            ("DSC_1.JPG", "DSC_1.JPG", "DSC_1.png"),
            ("a.jpeg", "a.jpeg", "a.png"),
            ("a.b.png", "a.b.jpg", "a.b.png"),
            ("logo.WebP", "logo.jpg", "logo.png"),
            ("photo", "photo.jpg", "photo.png"),
            (".png", ".png.jpg", ".png"),
            ("No. 7", "No. 7.jpg", "No. 7.png"),
            ("b.txt", "b.txt.jpg", "b.txt.png"),
            ("IMG_1.HEIC", "IMG_1.jpg", "IMG_1.png"),
            ("DSC_1.NEF", "DSC_1.jpg", "DSC_1.png"),
        ] {
            assert_eq!(fitting_name(given, ImageFormat::Jpeg), jpeg);
            assert_eq!(fitting_name(given, ImageFormat::Png), png);
        }
    }
}
