//! Scripts and styles, embedded in the executable, under a URL that changes whenever one of them does, so that
//! browsers may cache them for ever.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::LazyLock;

use crate::web::{ApiError, ErrorCode};
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

#[derive(RustEmbed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.png"]
#[exclude = "demo/*"]
struct Files;

/// The files' base path: `/a/DIGEST`, with a digest over all of them.
pub(crate) static BASE: LazyLock<String> = LazyLock::new(|| format!("/a/{}", *DIGEST));

/// Path of the picture that stands for a photo where there is none to show.
pub(crate) static NO_PHOTO: LazyLock<String> = LazyLock::new(|| format!("{}/shared/no-photo.png", *BASE));

static DIGEST: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for name in Files::iter() {
        hash.update(name.as_bytes());
        hash.update(Files::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    crate::domain::Digest(hash.finalize().into()).to_string()[..16].to_owned()
});

/// The files, compressed once: hundreds of phones share a venue's slow Wi-Fi.
static COMPRESSED: LazyLock<HashMap<String, Bytes>> = LazyLock::new(|| {
    let compress = |name: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&Files::get(name)?.data).ok()?;
        Some(Bytes::from(encoder.finish().ok()?))
    };
    Files::iter().filter_map(|name| compress(&name).map(|bytes| (name.into_owned(), bytes))).collect()
});

/// Compresses the files before the first guest needs them.
pub(crate) fn prepare() {
    LazyLock::force(&COMPRESSED);
}

pub(crate) async fn show(
    Path((digest, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let content = Files::get(&file).filter(|_| digest == *DIGEST).ok_or(ErrorCode::PageNotFound)?;
    let content_type = match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("png") => "image/png",
        _ => "image/svg+xml",
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let compressed = COMPRESSED.get(&file).filter(|_| accepts_gzip(accepted));
    let mut response = Response::new(Body::from(match (compressed, content.data) {
        (Some(bytes), _) => bytes.clone(),
        (None, Cow::Borrowed(bytes)) => Bytes::from_static(bytes),
        (None, Cow::Owned(bytes)) => Bytes::from(bytes),
    }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if compressed.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Whether a list of codings (RFC 9110) has `gzip` with a weight above zero.
fn accepts_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("gzip") && weight.parse() != Ok(0.0_f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_clients_that_accept_it() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0, br", false),
            ("identity", false),
            ("", false),
        ] {
            assert_eq!(accepts_gzip(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn every_file_survives_compression() {
        use std::io::Read as _;
        for name in Files::iter() {
            let mut whole = Vec::new();
            flate2::read::GzDecoder::new(&*COMPRESSED[&*name]).read_to_end(&mut whole).unwrap();
            assert!(whole == *Files::get(&name).unwrap().data, "{name}");
        }
    }
}
