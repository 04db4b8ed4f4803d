//! The protocol's headers (tus.io, resumable upload protocol 1.0.0).

use axum::extract::Request;
use axum::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::{Timestamp, clean_name};
use crate::web::http::request_log::KeptHeaders;
use crate::web::http::validate::invalid;
use crate::web::{ApiError, ErrorCode};

pub(crate) const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
pub(crate) const EXTENSIONS: HeaderValue =
    HeaderValue::from_static("creation,creation-with-upload,termination,expiration");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, \
     Upload-Metadata, Upload-Expires, Upload-Photo, Upload-Duplicate",
);

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(crate) const VERSIONS: HeaderName = HeaderName::from_static("tus-version");
pub(crate) const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(crate) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(crate) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(crate) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(crate) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
/// Of the extension concatenation, which is not supported.
const CONCAT: HeaderName = HeaderName::from_static("upload-concat");
pub(crate) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// FotoTa's own: the photo that a whole upload became.
pub(crate) const PHOTO: HeaderName = HeaderName::from_static("upload-photo");
/// FotoTa's own: `true` if the event had the same bytes already.
pub(crate) const DUPLICATE: HeaderName = HeaderName::from_static("upload-duplicate");

static KEPT_ON_ERRORS: [HeaderName; 3] = [RESUMABLE, VERSIONS, ACCESS_CONTROL_EXPOSE_HEADERS];

/// Adds what every response carries.
pub(crate) async fn add_headers(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let refused = response.status() == StatusCode::PRECONDITION_FAILED;
    response.extensions_mut().insert(KeptHeaders(&KEPT_ON_ERRORS));
    let headers = response.headers_mut();
    if method != Method::OPTIONS {
        headers.insert(RESUMABLE, VERSION);
    }
    if refused {
        headers.insert(VERSIONS, VERSION);
    }
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}

/// Refuses clients that speak another version.
pub(crate) fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let fits = headers.get(RESUMABLE).is_some_and(|version| *version == VERSION);
    if fits { Ok(()) } else { Err(ErrorCode::UploadProtocol.into()) }
}

/// Refuses parts of files: by itself, each would look like a broken photo.
pub(crate) fn check_extensions(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.contains_key(CONCAT) { Err(ErrorCode::UploadConcat.into()) } else { Ok(()) }
}

/// Whether the body is a piece of a file.
pub(crate) fn is_piece(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim();
    content_type.eq_ignore_ascii_case("application/offset+octet-stream")
}

/// A length or an offset.
pub(crate) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, ApiError> {
    let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // The database stores no larger one.
    let number = text.parse().ok().filter(|number| digits && i64::try_from(*number).is_ok());
    number.ok_or_else(|| invalid("header", name.as_str(), "int_parsing", "expected a whole number"))
}

/// The file's name: the value of `filename` among pairs of a key and base64.
pub(crate) fn read_metadata(headers: &HeaderMap) -> Result<String, ApiError> {
    let wrong = |message| invalid("header", METADATA.as_str(), "metadata", message);
    let Some(pairs) = headers.get(METADATA) else { return Ok(clean_name("")) };
    let pairs = pairs.to_str().map_err(|_| wrong("expected ASCII"))?;
    let mut name = None;
    for pair in pairs.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).map_err(|_| wrong("expected values in base64"))?;
        if key == "filename" {
            name = Some(String::from_utf8_lossy(&value).into_owned());
        }
    }
    Ok(clean_name(&name.unwrap_or_default()))
}

pub(crate) fn write_metadata(file_name: &str) -> HeaderValue {
    let value = format!("filename {}", STANDARD.encode(file_name));
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""))
}

/// A time as HTTP writes it (RFC 9110, 5.6.7).
pub(crate) fn http_date(moment: Timestamp) -> Option<HeaderValue> {
    let moment = time::OffsetDateTime::from_unix_timestamp(moment.unix_s()).ok()?;
    let (weekday, month) = (moment.weekday().to_string(), moment.month().to_string());
    let date = format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        weekday.get(..3)?,
        moment.day(),
        month.get(..3)?,
        moment.year(),
        moment.hour(),
        moment.minute(),
        moment.second()
    );
    HeaderValue::from_str(&date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let read = |value: &str| {
            let headers = HeaderMap::from_iter([(METADATA, HeaderValue::from_str(value).unwrap())]);
            read_metadata(&headers).ok()
        };
        for name in ["DSC_1.jpg", "pengantin é😀.png"] {
            assert_eq!(read(write_metadata(name).to_str().unwrap()).as_deref(), Some(name));
        }
        assert_eq!(read("filetype aW1hZ2UvanBlZw==,filename Li4vYi5qcGc=,empty"), Some("b.jpg".to_owned()));
        assert_eq!(read("filetype aW1hZ2UvanBlZw=="), Some("photo".to_owned()));
        assert_eq!(read_metadata(&HeaderMap::new()).ok(), Some("photo".to_owned()));
        for wrong in ["filename ***", "filename a b", "filename Li4vYi5qcGc"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_have_only_digits() {
        let read = |value: &'static str| {
            number(&HeaderMap::from_iter([(OFFSET, HeaderValue::from_static(value))]), &OFFSET).ok()
        };
        assert_eq!(
            (read("0"), read(" 70 "), read("9223372036854775807")),
            (Some(0), Some(70), Some(i64::MAX as u64))
        );
        for wrong in ["", "-1", "+1", "1.0", "x", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert!(number(&HeaderMap::new(), &OFFSET).is_err());
    }

    #[test]
    fn dates_are_those_of_http() {
        let date = http_date(Timestamp::parse("2026-11-03T08:04:09Z").unwrap()).unwrap();
        assert_eq!(date, "Tue, 03 Nov 2026 08:04:09 GMT");
    }
}
