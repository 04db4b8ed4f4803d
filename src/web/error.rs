//! A failed request: `{"detail": sentence, "code": code, "request_id": id}`. The cause of an internal error is logged
//! once and never sent to the client.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error_code::ErrorCode;
use crate::domain::reason_chain;
use crate::imaging::ImagingError;
use crate::limits::Wait;
use crate::search::SearchError;
use crate::signal::Waiter;
use crate::store::StoreError;

/// A failed request.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    more: Option<Box<More>>,
}

#[derive(Clone, Debug, Default)]
struct More {
    /// Instead of the code's sentence.
    detail: Option<ErrorDetail>,
    /// One more field of the body.
    extra: Option<(&'static str, Value)>,
    /// Of an internal error, for the log.
    cause: Option<String>,
    wait: Option<Wait>,
}

/// What is wrong with one value of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Issue {
    /// Where: `body`, `query` or `path`, then field names and list positions.
    pub loc: Vec<String>,
    /// For a person.
    pub msg: String,
    /// For a program.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// The body of every failed request.
#[derive(Serialize, ToSchema)]
pub(super) struct ErrorBody {
    detail: ErrorDetail,
    /// For programs; never changes.
    #[schema(example = "event.not_found")]
    code: &'static str,
    /// The id of the request in the log.
    request_id: String,
    /// The rejected files of an upload.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    more: BTreeMap<&'static str, Value>,
}

/// A sentence; for `request.invalid` what is wrong with each value.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ErrorDetail {
    /// For a person.
    Sentence(String),
    /// For a program.
    Issues(Vec<Issue>),
}

impl ApiError {
    fn with(code: ErrorCode, more: More) -> Self {
        Self { code, more: Some(Box::new(more)) }
    }

    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        Self::with(ErrorCode::Internal, More { cause: Some(reason_chain(cause)), ..More::default() })
    }

    /// A request with invalid values.
    pub(super) fn invalid(issues: Vec<Issue>) -> Self {
        let detail = Some(ErrorDetail::Issues(issues));
        Self::with(ErrorCode::InvalidRequest, More { detail, ..More::default() })
    }

    /// With another sentence than the code's.
    pub(super) fn with_detail(code: ErrorCode, detail: &str) -> Self {
        let detail = Some(ErrorDetail::Sentence(detail.to_owned()));
        Self::with(code, More { detail, ..More::default() })
    }

    /// With one more field in the body.
    pub(super) fn with_extra(code: ErrorCode, name: &'static str, value: &impl Serialize) -> Self {
        let extra = serde_json::to_value(value).ok().map(|value| (name, value));
        Self::with(code, More { extra, ..More::default() })
    }

    pub(super) fn code(&self) -> ErrorCode {
        self.code
    }

    pub(super) fn cause(&self) -> Option<&str> {
        self.more.as_ref()?.cause.as_deref()
    }

    /// Until the wait is over.
    pub(super) fn with_wait(code: ErrorCode, wait: Wait) -> Self {
        Self::with(code, More { wait: Some(wait), ..More::default() })
    }

    fn default_detail(&self) -> ErrorDetail {
        let sentence = self.code.detail();
        if self.code == ErrorCode::InvalidRequest {
            ErrorDetail::Issues(vec![Issue { loc: vec!["request".into()], msg: sentence, kind: "value" }])
        } else {
            ErrorDetail::Sentence(sentence)
        }
    }

    /// The complete response.
    pub(super) fn render(&self, request_id: &str) -> Response {
        let more = self.more.as_deref().cloned().unwrap_or_default();
        let body = ErrorBody {
            detail: more.detail.unwrap_or_else(|| self.default_detail()),
            code: self.code.as_str(),
            request_id: request_id.to_owned(),
            more: more.extra.into_iter().collect(),
        };
        let mut response = (self.code.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(Wait(time)) = more.wait {
            let seconds = u64::try_from(time.as_millis().div_ceil(1000).max(1)).unwrap_or(u64::MAX);
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self { code, more: None }
    }
}

impl From<Wait> for ApiError {
    fn from(wait: Wait) -> Self {
        Self::with_wait(ErrorCode::TooOften, wait)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull { .. } => {
                let cause = Some(reason_chain(&error));
                Self::with(ErrorCode::DiskFull, More { cause, ..More::default() })
            }
            StoreError::EventClosed { .. } => ErrorCode::EventClosed.into(),
            StoreError::SourcePaused => ErrorCode::SourcePaused.into(),
            StoreError::SourceFull { .. } => ErrorCode::SourceFull.into(),
            error if error.is_busy() => {
                let cause = Some(reason_chain(&error));
                Self::with(ErrorCode::Busy, More { cause, ..More::default() })
            }
            error => Self::internal(&error),
        }
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Picture(error) => error.into(),
            SearchError::Selfie(refusal) => ErrorCode::Selfie(refusal).into(),
            SearchError::Face(error) => Self::internal(&error),
            SearchError::Store(error) => error.into(),
        }
    }
}

impl From<ImagingError> for ApiError {
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::TooManyPixels { .. } => ErrorCode::SelfieTooLarge.into(),
            ImagingError::TooMuchMemory { .. }
            | ImagingError::TooManyScans
            | ImagingError::TooSlow
            | ImagingError::Abandoned => ErrorCode::SelfieTooCostly.into(),
            _ => ErrorCode::SelfieUnreadable.into(),
        }
    }
}

/// Only the status and, as an extension, the error: `request_log::record` renders the body, with the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Runs `work`, which computes or waits for I/O, off the async threads. Decoders in it stop when nobody waits any more.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    // Dropped with this future, when the client has left.
    let waiter = Waiter::default();
    let awaited = waiter.work();
    match tokio::task::spawn_blocking(|| awaited.run(work)).await {
        Ok(result) => result,
        Err(panic) => Err(ApiError::internal(&panic)),
    }
}
