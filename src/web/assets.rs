//! Scripts and styles, inside the executable, under an address that changes whenever one of them does: browsers may
//! keep them for ever.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::Response;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::error_code::ErrorCode;

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[exclude = "demo/*"]
struct Files;

/// Where the files lie: `/a/DIGEST`, the digest being over all of them.
pub(super) static BASE: LazyLock<String> = LazyLock::new(|| format!("/a/{}", *DIGEST));

static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in Files::iter() {
        hash.update(name.as_bytes());
        hash.update(Files::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    crate::domain::Digest(hash.finalize().into()).to_string()[..16].to_owned()
});

pub(super) async fn show(Path((digest, file)): Path<(String, String)>) -> Result<Response, ApiError> {
    let content = Files::get(&file).filter(|_| digest == *DIGEST).ok_or(ErrorCode::PageNotFound)?;
    let content_type = match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    let body = match content.data {
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}
