//! Gives every request an id and a line in the log, and every failure the same form.
//!
//! The log has method, route, status and time: never a URL, whose parts may be secrets, and nothing of a body.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::domain::random_bytes;
use crate::web::{ApiError, ErrorCode};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that a failed response keeps beside `allow` and `set-cookie`: an extension of the response.
#[derive(Clone)]
pub(crate) struct KeptHeaders(pub(in crate::web) &'static [HeaderName]);

/// An answer that comes by the thousand, and is logged only in detail: an extension of the response.
#[derive(Clone)]
pub(crate) struct Routine;

/// Answers a request, and records that.
pub(crate) async fn record<A: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> A,
) -> Response {
    let begin = Instant::now();
    let id = format!("{:016x}", u64::from_le_bytes(random_bytes()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next(request).await;
    let error = response.extensions().get::<ApiError>().cloned().or_else(|| foreign_error(&response));
    let mut response = match &error {
        None => response,
        Some(error) => with_headers_of(error.render(&id), &response),
    };
    let status = response.status();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let code = error.as_ref().map(|error| error.code().as_str());
    macro_rules! log {
        ($level:ident, $message:literal, $($field:ident),*) => {
            tracing::$level!(
                request.id = id, %method, route, status = status.as_u16(), duration_ms, $($field,)* $message
            )
        };
    }
    match error.as_ref().and_then(ApiError::cause) {
        Some(cause) => log!(error, "a request failed", cause),
        None if response.extensions().get::<Routine>().is_some() => log!(debug, "answered a request", code),
        None => log!(info, "answered a request", code),
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Errors that libraries answer with, in our form.
fn foreign_error(response: &Response) -> Option<ApiError> {
    let code = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        StatusCode::REQUEST_TIMEOUT => ErrorCode::TooSlow,
        status if status.is_client_error() && !is_page(response) => ErrorCode::InvalidRequest,
        status if status.is_server_error() => ErrorCode::Internal,
        _ => return None,
    };
    Some(code.into())
}

/// Error pages for people keep their own body.
fn is_page(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("text/html"))
}

fn with_headers_of(mut rendered: Response, failed: &Response) -> Response {
    let more = failed.extensions().get::<KeptHeaders>().map_or(&[][..], |kept| kept.0);
    for name in [ALLOW, SET_COOKIE].iter().chain(more) {
        for value in failed.headers().get_all(name) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    rendered
}

/// Turns a handler's panic into an internal error.
pub(crate) async fn catch_panic(answer: impl Future<Output = Response>) -> Response {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    answer
        .unwrap_or_else(|_| ApiError::internal(&std::io::Error::other("a handler panicked")).into_response())
}
