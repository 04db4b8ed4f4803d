//! Photos, to guests of their event alone.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use tokio_util::io::ReaderStream;

use super::AppState;
use super::access::GuestAccess;
use super::error::{ApiError, ErrorCode, blocking};
use crate::domain::{ImageFormat, Photo, PhotoId, PhotoState};
use crate::store::{Derived, photos};

/// Read at once; measured best for serving files of several megabytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Event's share code, photo's id.
type PhotoPath = Path<(String, String)>;

pub(super) async fn thumbnail(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
) -> Result<Response, ApiError> {
    derived(&state, &guest, &path, Derived::Thumbnail).await
}

pub(super) async fn preview(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
) -> Result<Response, ApiError> {
    derived(&state, &guest, &path, Derived::Preview).await
}

async fn derived(
    state: &AppState,
    guest: &GuestAccess,
    path: &PhotoPath,
    kind: Derived,
) -> Result<Response, ApiError> {
    let photo = find(state, guest, path).await?;
    let file = state.store().files().derived(photo.id, kind);
    stream(&file, ImageFormat::Jpeg).await
}

/// The file as the photographer made it, to keep.
pub(super) async fn original(
    State(state): State<AppState>,
    guest: GuestAccess,
    path: PhotoPath,
) -> Result<Response, ApiError> {
    let photo = find(&state, &guest, &path).await?;
    let file = state.store().files().original(photo.id, photo.format);
    let mut response = stream(&file, photo.format).await?;
    response.headers_mut().insert(CONTENT_DISPOSITION, attachment(&photo.file_name));
    Ok(response)
}

/// A searchable photo of the guest's event.
async fn find(state: &AppState, guest: &GuestAccess, path: &PhotoPath) -> Result<Photo, ApiError> {
    let id: PhotoId = path.0.1.parse().map_err(|_| ErrorCode::PhotoNotFound)?;
    let store = state.store();
    let photo = blocking(move || Ok(store.read(|connection| photos::find(connection, id))?)).await?;
    let visible = |photo: &Photo| photo.event_id == guest.event.id && photo.state == PhotoState::Indexed;
    photo.filter(visible).ok_or_else(|| ErrorCode::PhotoNotFound.into())
}

async fn stream(path: &std::path::Path, format: ImageFormat) -> Result<Response, ApiError> {
    let file = tokio::fs::File::open(path).await.map_err(|error| ApiError::internal(&error))?;
    let length = file.metadata().await.map_err(|error| ApiError::internal(&error))?.len();
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file, CHUNK_BYTES)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CONTENT_LENGTH, length.into());
    // A photo's bytes never change; shared caches must not keep what only a guest may see.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=86400"));
    Ok(response)
}

/// "Save as" with the photo's own name (RFC 6266, RFC 8187).
fn attachment(file_name: &str) -> HeaderValue {
    let mut encoded = String::from("attachment; filename*=UTF-8''");
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    HeaderValue::from_str(&encoded).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

fn hex(digit: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(digit)])
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
}
