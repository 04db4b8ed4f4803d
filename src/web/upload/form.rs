//! Uploads of many files in one form. Each goes from the network to the disk, never whole into memory, and is accepted
//! or rejected on its own.

use std::fmt::Write;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Destination, Event, PhotoId, clean_name, reason_chain};
use crate::intake::{Accepted, IntakeError, Upload};
use crate::store::{events, photos};
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{ImagePublic, Views};
use crate::web::error::blocking;
use crate::web::http::validate::invalid;
use crate::web::rule::OpenEvent;
use crate::web::{ApiError, AppState, ErrorCode};

/// More parts of one form are ignored: clients send a folder in several forms.
const MAX_PARTS: usize = 5000;
/// Length of the header that lists rejected files: proxies accept no more.
const MAX_HEADER_BYTES: usize = 3000;
const CUT_OFF: &str = "the upload was cut off";
const REJECTED: HeaderName = HeaderName::from_static("x-rejected-files");
const REJECTED_COUNT: HeaderName = HeaderName::from_static("x-rejected-count");

/// A form with many files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, for the API document")]
pub(crate) struct UploadForm {
    /// JPEG, HEIC, PNG, WebP or a raw file.
    #[schema(value_type = Vec<String>, format = Binary, min_items = 1)]
    files: Vec<Vec<u8>>,
}

/// A file that was not accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rejection {
    /// Position of the file in the form, from 0.
    index: usize,
    file_name: String,
    reason: String,
}

/// Adds photos to an event of the caller's. The response has the photos of all accepted files, including those that
/// the event had already. Rejected files are listed in the header `x-rejected-files`, as JSON, and in the body if no
/// file was accepted.
#[utoipa::path(post, path = "/events/{event_id}/images", tag = "photos", params(("event_id" = i64, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = [ImagePublic],
        headers(
            ("x-rejected-files" = String, description = "JSON list of {index, file_name, reason}, as many as fit"),
            ("x-rejected-count" = u64, description = "How many there are; both are absent when all were accepted")))))]
pub(crate) async fn upload(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    views: Views,
    request: Request,
) -> Result<(StatusCode, HeaderMap, Json<Vec<ImagePublic>>), ApiError> {
    events::check_open(&event)?;
    let form = Multipart::from_request(request, &state).await;
    let mut form = form.map_err(|_| no_form("expected a form (multipart/form-data) with `files`"))?;
    let (mut accepted, mut rejected, mut index) = (Vec::new(), Vec::new(), 0);
    for _ in 0..MAX_PARTS {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) if index == 0 => return Err(no_form("the form is broken or was cut off")),
            Err(_) => {
                // The files before it are kept.
                rejected.push(Rejection { index, file_name: String::new(), reason: CUT_OFF.to_owned() });
                break;
            }
        };
        if field.name() != Some("files") {
            continue;
        }
        let file_name = clean_name(field.file_name().unwrap_or_default());
        match accept(&state, &event, &file_name, &mut field).await {
            Ok(id) => accepted.push(id),
            Err(Failure::File(reason)) => rejected.push(Rejection { index, file_name, reason }),
            // The files before it are safe; a client that sends all again adds none twice.
            Err(Failure::Request(error)) => return Err(error),
        }
        index += 1;
        // Skips the rest of a rejected file, however large.
        while let Ok(Some(_)) = field.chunk().await {}
    }
    if index == 0 {
        return Err(invalid("body", "files", "missing", "the form has no `files`"));
    }
    if accepted.is_empty() {
        return Err(ApiError::with_extra(ErrorCode::NothingAccepted, "rejected", &rejected));
    }
    let store = state.store();
    let photos = blocking(move || {
        let found = accepted.into_iter().map(|id| store.read(|c| photos::find(c, id)));
        Ok(found.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?)
    });
    let photos = photos.await?;
    let images = photos.into_iter().map(|photo| views.image(photo, &event, Viewer::Owner)).collect();
    Ok((StatusCode::CREATED, headers(&rejected), Json(images)))
}

fn no_form(message: &str) -> ApiError {
    invalid("body", "files", "form", message)
}

enum Failure {
    /// Of this file only, with the reason.
    File(String),
    /// The next file would fail too.
    Request(ApiError),
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        match error.server_fault() {
            Ok(fault) => Self::Request(fault.into()),
            Err(error) => Self::File(reason_chain(&error)),
        }
    }
}

/// Accepts one file. The disk is waited for off the async threads.
async fn accept(
    state: &AppState,
    event: &Event,
    file_name: &str,
    field: &mut Field<'_>,
) -> Result<PhotoId, Failure> {
    let mut upload =
        Upload::new(state.store(), Destination::of_owner(event.id), state.config().intake.max_file_bytes());
    loop {
        match field.chunk().await.map_err(|_| Failure::File(CUT_OFF.to_owned()))? {
            Some(bytes) => {
                state.count_upload(&bytes);
                upload.push(&bytes)?;
            }
            None => break,
        }
        if upload.is_full() {
            upload = off_thread(move || Ok(upload.flush().map(|()| upload)?)).await?;
        }
    }
    let (name, now) = (file_name.to_owned(), state.now());
    match off_thread(move || upload.finish(&name, now)).await? {
        Accepted::New(id) | Accepted::Known(id) => Ok(id),
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntakeError> + Send + 'static,
) -> Result<T, Failure> {
    Ok(blocking(move || Ok(work())).await.map_err(Failure::Request)??)
}

fn headers(rejected: &[Rejection]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut listed = String::new();
    for rejection in rejected {
        let json = ascii_json(&serde_json::to_string(rejection).unwrap_or_default());
        if listed.len() + json.len() > MAX_HEADER_BYTES {
            break;
        }
        listed = if listed.is_empty() { json } else { format!("{listed},{json}") };
    }
    if let Ok(value) = HeaderValue::from_str(&format!("[{listed}]"))
        && !rejected.is_empty()
    {
        headers.insert(REJECTED, value);
        headers.insert(REJECTED_COUNT, rejected.len().into());
    }
    headers
}

/// The same JSON in ASCII, as headers need it: other characters occur only in strings, where they may be escaped.
fn ascii_json(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        if c.is_ascii() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing into a string cannot fail.
                write!(text, "\\u{unit:04x}").ok();
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_fit_a_header() {
        let rejected =
            [Rejection {
                index: 1, file_name: "pengantin é😀.mov".into(), reason: "no \"picture\"".into()
            }];
        let value = headers(&rejected)[REJECTED].to_str().unwrap().to_owned();
        let parsed: serde_json::Value = serde_json::from_str(&value).unwrap();
        assert_eq!(parsed[0]["file_name"], "pengantin é😀.mov");
        assert!(headers(&[]).is_empty());
        let name = "é".repeat(255);
        let many = (0..100).map(|index| Rejection { index, file_name: name.clone(), reason: "no".into() });
        let headers = headers(&many.collect::<Vec<_>>());
        assert!(headers[REJECTED].len() <= MAX_HEADER_BYTES + 2);
        assert_eq!(headers[REJECTED_COUNT], "100");
    }
}
