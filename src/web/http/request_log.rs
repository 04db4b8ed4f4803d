//! Gives every request an id, a line in the log and a place in the counts, and every failure the same form.
//!
//! The log has method, route, status and time: never a URL, whose parts may be secrets, and nothing of a body.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, SET_COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::domain::random_bytes;
use crate::metrics::{Answered, Metrics};
use crate::web::{ApiError, ErrorCode};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that a failed response keeps beside `allow` and `set-cookie`: an extension of the response.
#[derive(Clone)]
pub(crate) struct KeptHeaders(pub(in crate::web) &'static [HeaderName]);

/// An answer that comes by the thousand, and is logged only in detail: an extension of the response.
#[derive(Clone)]
pub(crate) struct Routine;

/// The API answers under this path too.
const MOUNT: &str = "/api/v1";

/// Answers a request, and records that.
pub(crate) async fn record<A: Future<Output = Response>>(
    metrics: &Metrics,
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
    let matched = route.as_ref().map(MatchedPath::as_str);
    let route = matched.unwrap_or("(none)");
    let duration = begin.elapsed();
    let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let code = error.as_ref().map(|error| error.code().as_str());
    let known = matched.map(|path| path.strip_prefix(MOUNT).filter(|path| !path.is_empty()).unwrap_or(path));
    let (answered, is_routine) = (status.as_u16(), response.extensions().get::<Routine>().is_some());
    let method_name = method.as_str();
    let counted = Answered { route: known, method: method_name, status: answered, duration, error: code };
    metrics.requests.count(&counted);
    if is_routine && method == Method::GET {
        metrics.picture_bytes.inc_by(length(&response));
    }
    macro_rules! log {
        ($level:ident, $message:literal, $($field:ident),*) => {
            tracing::$level!(
                request.id = id, %method, route, status = status.as_u16(), duration_ms, $($field,)* $message
            )
        };
    }
    match error.as_ref().and_then(ApiError::cause) {
        Some(cause) => log!(error, "a request failed", cause),
        None if is_routine => log!(debug, "answered a request", code),
        None => log!(info, "answered a request", code),
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Of the body, as its head says.
fn length(response: &Response) -> u64 {
    let length = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
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
