//! Photos into an event, over HTTP: many files in one form, each from the network onto the disk, never whole in memory;
//! each with an answer of its own.

use std::fmt::Write;

use axum::Json;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::domain::{Event, PhotoId, reason_chain};
use crate::intake::{Accepted, IntakeError, Upload};
use crate::store::photos;
use crate::web::AppState;
use crate::web::access::caller::BaseUrl;
use crate::web::access::visibility::Viewer;
use crate::web::api::views::{ImagePublic, Views};
use crate::web::error::{ApiError, blocking};
use crate::web::error_code::ErrorCode;
use crate::web::http::validate::invalid;
use crate::web::rule::OpenEvent;

/// Written at once; smaller pieces from the network are gathered.
const PIECE_BYTES: usize = 1 << 20;
/// Longest kept file name, in characters.
const MAX_NAME_CHARS: usize = 255;
/// More parts of one form are not looked at: clients send a folder in several forms.
const MAX_PARTS: usize = 5000;
/// Refusals told in the header, in bytes: proxies take no more.
const MAX_TOLD_BYTES: usize = 3000;
const CUT_OFF: &str = "the upload was cut off";
const REJECTED: HeaderName = HeaderName::from_static("x-rejected-files");
const REJECTED_COUNT: HeaderName = HeaderName::from_static("x-rejected-count");

/// A form with many files.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form, for the documentation")]
pub(crate) struct UploadForm {
    /// JPEG, PNG or WebP.
    #[schema(value_type = Vec<String>, format = Binary, min_items = 1)]
    files: Vec<Vec<u8>>,
}

/// A file that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rejection {
    /// The how-many-th file of the form, from 0.
    index: usize,
    file_name: String,
    reason: String,
}

/// Adds photos to an event of the caller's. Answers with the photos of all files that were taken, those among them that
/// the event had already too; files that were not are in the header `x-rejected-files`, as JSON, and in the body where
/// no file was taken.
#[utoipa::path(post, path = "/events/{event_id}/images", tag = "photos", params(("event_id" = i64, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = [ImagePublic],
        headers(
            ("x-rejected-files" = String, description = "JSON list of {index, file_name, reason}, as many as fit"),
            ("x-rejected-count" = u64, description = "How many there are; both are absent when all were taken")))))]
pub(crate) async fn upload(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
    BaseUrl(base): BaseUrl,
    request: Request,
) -> Result<(StatusCode, HeaderMap, Json<Vec<ImagePublic>>), ApiError> {
    if event.closed_at.is_some() {
        return Err(ErrorCode::EventClosed.into());
    }
    let form = Multipart::from_request(request, &state).await;
    let mut form = form.map_err(|_| no_form("expected a form (multipart/form-data) with `files`"))?;
    let (mut taken, mut rejected, mut index) = (Vec::new(), Vec::new(), 0);
    let patience = state.config().server.slow_client();
    for _ in 0..MAX_PARTS {
        let mut field = match timeout(patience, form.next_field()).await {
            Ok(Ok(Some(field))) => field,
            Ok(Ok(None)) => break,
            Ok(Err(_)) | Err(_) if index == 0 => return Err(no_form("the form is broken or was cut off")),
            Ok(Err(_)) | Err(_) => {
                // What came before is kept, and that this did not is told.
                rejected.push(Rejection { index, file_name: String::new(), reason: CUT_OFF.to_owned() });
                break;
            }
        };
        if field.name() != Some("files") {
            continue;
        }
        let file_name = clean_name(field.file_name().unwrap_or_default());
        match take(&state, &event, &file_name, &mut field).await {
            Ok(id) => taken.push(id),
            Err(Refused::File(reason)) => rejected.push(Rejection { index, file_name, reason }),
            // Those before are safe; a client that sends all again doubles none.
            Err(Refused::Request(error)) => return Err(error),
        }
        index += 1;
        // The rest of a refused file, however large: each piece has its time.
        while let Ok(Ok(Some(_))) = timeout(patience, field.chunk()).await {}
    }
    if taken.is_empty() {
        return Err(ApiError::with_extra(ErrorCode::NothingAccepted, "rejected", &rejected));
    }
    let store = state.store();
    let photos = blocking(move || {
        let found = taken.into_iter().map(|id| store.read(|c| photos::find(c, id)));
        Ok(found.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?)
    });
    let photos = photos.await?;
    let views = Views { state, base };
    let images = photos.into_iter().map(|photo| views.image(photo, &event, Viewer::Owner)).collect();
    Ok((StatusCode::CREATED, headers(&rejected), Json(images)))
}

fn no_form(message: &str) -> ApiError {
    invalid("body", "files", "form", message)
}

enum Refused {
    /// This file alone.
    File(String),
    /// The next one would fare no better.
    Request(ApiError),
}

impl From<IntakeError> for Refused {
    fn from(error: IntakeError) -> Self {
        match error.into_ours() {
            Ok(ours) => Self::Request(ours.into()),
            Err(theirs) => Self::File(reason_chain(&theirs)),
        }
    }
}

/// One file, piece by piece; the disk is waited for off the async threads, the network is not.
async fn take(
    state: &AppState,
    event: &Event,
    file_name: &str,
    field: &mut Field<'_>,
) -> Result<PhotoId, Refused> {
    let patience = state.config().server.slow_client();
    let mut upload = Upload::new(state.store(), event.id, state.config().intake.max_file_bytes());
    let mut piece = Vec::new();
    loop {
        let chunk = timeout(patience, field.chunk()).await.ok().and_then(Result::ok);
        let chunk = chunk.ok_or_else(|| Refused::File(CUT_OFF.to_owned()))?;
        let ended = chunk.is_none();
        piece.extend_from_slice(&chunk.unwrap_or_default());
        if piece.len() < PIECE_BYTES && !ended {
            continue;
        }
        let (next, written) = off_thread(move || {
            let written = upload.write(&piece);
            piece.clear();
            ((upload, piece), written)
        })
        .await?;
        (upload, piece) = next;
        written?;
        if ended {
            break;
        }
    }
    let (name, now) = (file_name.to_owned(), state.now());
    match off_thread(move || upload.finish(&name, now)).await?? {
        Accepted::New(id) | Accepted::Known(id) => Ok(id),
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    blocking(move || Ok(work())).await.map_err(Refused::Request)
}

/// What a camera or a folder called it, without folders and control characters.
pub(in crate::web) fn clean_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    if name.trim().is_empty() { "photo".to_owned() } else { name.trim().to_owned() }
}

fn headers(rejected: &[Rejection]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut told = String::new();
    for rejection in rejected {
        let json = ascii_json(&serde_json::to_string(rejection).unwrap_or_default());
        if told.len() + json.len() > MAX_TOLD_BYTES {
            break;
        }
        told = if told.is_empty() { json } else { format!("{told},{json}") };
    }
    if let Ok(value) = HeaderValue::from_str(&format!("[{told}]"))
        && !rejected.is_empty()
    {
        headers.insert(REJECTED, value);
        headers.insert(REJECTED_COUNT, rejected.len().into());
    }
    headers
}

/// The same JSON in ASCII alone, as headers are: other characters occur in strings only, where they may be escaped.
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
    fn names_have_no_folders() {
        for (given, kept) in [
            ("DSC_1.jpg", "DSC_1.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\fotos\\a\u{0}\n.jpg", "a.jpg"),
            ("", "photo"),
            ("x/ ", "photo"),
        ] {
            assert_eq!(clean_name(given), kept, "{given:?}");
        }
    }

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
        assert!(headers[REJECTED].len() <= MAX_TOLD_BYTES + 2);
        assert_eq!(headers[REJECTED_COUNT], "100");
    }
}
