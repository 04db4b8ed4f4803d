//! The API's description and the page that shows it, served from the executable without external requests.

use std::borrow::Cow;
use std::sync::Arc;

use crate::web::{ApiError, ErrorCode};
use axum::body::Body;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

/// The page adds inline styles; scripts and requests stay on this server.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                              img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; \
                              frame-ancestors 'none'";

pub(crate) fn document(json: &'static str) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

pub(crate) async fn index() -> Result<Response, ApiError> {
    // The page's relative links assume that it is served from inside `docs/`.
    let mut response = swagger("index.html")?;
    let bytes = std::mem::take(response.body_mut());
    let page = axum::body::to_bytes(bytes, usize::MAX).await.map_err(|error| ApiError::internal(&error))?;
    let page = String::from_utf8_lossy(&page).replace("\"./", "\"docs/");
    let mut page = Response::new(Body::from(page.replace("href=\"index.css", "href=\"docs/index.css")));
    *page.headers_mut() = response.headers().clone();
    Ok(page)
}

pub(crate) async fn file(Path(file): Path<String>) -> Result<Response, ApiError> {
    swagger(&file)
}

pub(crate) async fn redirect() -> Redirect {
    Redirect::temporary("/docs")
}

fn swagger(file: &str) -> Result<Response, ApiError> {
    let config = Arc::new(Config::from("/openapi.json"));
    let found = utoipa_swagger_ui::serve(file, config);
    let found = found.map_err(|error| ApiError::internal(&std::io::Error::other(error.to_string())))?;
    let found = found.ok_or(ErrorCode::PageNotFound)?;
    let mut response = Response::new(match found.bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    });
    let headers = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(&found.content_type) {
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    Ok(response)
}
