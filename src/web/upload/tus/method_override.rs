//! For clients behind a proxy that allows only GET and POST: a header names the method.

use axum::extract::{Request, State};
use axum::http::header::ALLOW;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::web::access::upload_target::UploadTarget;
use crate::web::upload::tus::{UploadPath, append, delete, show};
use crate::web::{ApiError, AppState};

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Handles a request to an upload by the method that the header names.
pub(crate) async fn act(
    state: State<AppState>,
    target: UploadTarget,
    path: UploadPath,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    match headers.get(METHOD_OVERRIDE).map(HeaderValue::as_bytes) {
        Some(b"HEAD") => show(state, target, path, headers).await,
        Some(b"PATCH") => append(state, target, path, request).await,
        Some(b"DELETE") => Ok(delete(state, target, path, headers).await?.into_response()),
        _ => Ok((StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "OPTIONS, HEAD, PATCH, DELETE")]).into_response()),
    }
}
