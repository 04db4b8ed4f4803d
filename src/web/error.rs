//! Every way in which a request can fail: a closed list of codes, each with its status, and a sentence for it in every
//! locale. The cause of an internal error goes to the log, once, and never to the client.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::{random_bytes, reason_chain};
use crate::imaging::ImagingError;
use crate::search::{SearchError, SelfieRefusal};
use crate::store::StoreError;

/// For programs; never changes. [`ErrorCode::as_str`] is the key of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No event has this link.
    EventNotFound,
    /// The address leads nowhere.
    PageNotFound,
    /// No such photo in this event.
    PhotoNotFound,
    /// The guest has not entered the event, or it was too long ago.
    SessionRequired,
    /// Not the event's password.
    PasswordWrong,
    /// The guest has not agreed to the face search.
    ConsentRequired,
    /// The request was made by a page of another site.
    ForeignOrigin,
    /// The request's body is not what the route takes.
    InvalidRequest,
    /// The selfie's file is too large.
    SelfieTooLarge,
    /// The selfie is no picture, or a damaged one.
    SelfieUnreadable,
    /// Nobody can be searched for with this selfie.
    Selfie(SelfieRefusal),
    /// Our fault.
    Internal,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::EventNotFound,
        Self::PageNotFound,
        Self::PhotoNotFound,
        Self::SessionRequired,
        Self::PasswordWrong,
        Self::ConsentRequired,
        Self::ForeignOrigin,
        Self::InvalidRequest,
        Self::SelfieTooLarge,
        Self::SelfieUnreadable,
        Self::Selfie(SelfieRefusal::NoFace),
        Self::Selfie(SelfieRefusal::SeveralFaces),
        Self::Selfie(SelfieRefusal::TooSmall),
        Self::Selfie(SelfieRefusal::TooBlurred),
        Self::Selfie(SelfieRefusal::TurnedAway),
        Self::Internal,
    ];

    /// The code as programs see it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventNotFound => "event.not_found",
            Self::PageNotFound => "page.not_found",
            Self::PhotoNotFound => "photo.not_found",
            Self::SessionRequired => "session.required",
            Self::PasswordWrong => "password.wrong",
            Self::ConsentRequired => "consent.required",
            Self::ForeignOrigin => "request.foreign_origin",
            Self::InvalidRequest => "request.invalid",
            Self::SelfieTooLarge => "selfie.too_large",
            Self::SelfieUnreadable => "selfie.unreadable",
            Self::Selfie(refusal) => refusal.code(),
            Self::Internal => "internal",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::EventNotFound | Self::PageNotFound | Self::PhotoNotFound => StatusCode::NOT_FOUND,
            Self::SessionRequired | Self::PasswordWrong => StatusCode::UNAUTHORIZED,
            Self::ConsentRequired | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::SelfieTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SelfieUnreadable | Self::Selfie(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(self) -> String {
        match self {
            Self::EventNotFound => "there is no event with this link".into(),
            Self::PageNotFound => "there is nothing at this address".into(),
            Self::PhotoNotFound => "there is no such photo in this event".into(),
            Self::SessionRequired => "enter the event first".into(),
            Self::PasswordWrong => "this is not the event's password".into(),
            Self::ConsentRequired => "agree to the face search first".into(),
            Self::ForeignOrigin => "the request comes from another site".into(),
            Self::InvalidRequest => "the request is not as expected".into(),
            Self::SelfieTooLarge => "the selfie's file is too large".into(),
            Self::SelfieUnreadable => {
                "the selfie is not a JPEG, PNG or WebP picture, or it is damaged".into()
            }
            Self::Selfie(refusal) => refusal.to_string(),
            Self::Internal => "something went wrong on our side".into(),
        }
    }
}

/// A failed request.
#[derive(Debug)]
pub struct ApiError {
    code: ErrorCode,
    /// Of an internal error; for the log.
    cause: Option<String>,
}

impl ApiError {
    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        Self { code: ErrorCode::Internal, cause: Some(reason_chain(cause)) }
    }

    pub(super) fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self { code, cause: None }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<SearchError> for ApiError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Selfie(refusal) => ErrorCode::Selfie(refusal).into(),
            SearchError::Face(error) => Self::internal(&error),
            SearchError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<ImagingError> for ApiError {
    fn from(error: ImagingError) -> Self {
        match error {
            ImagingError::TooManyPixels { .. } => ErrorCode::SelfieTooLarge.into(),
            _ => ErrorCode::SelfieUnreadable.into(),
        }
    }
}

/// `{"detail": sentence, "code": code, "request_id": id}`; the id stands in the log beside the cause.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let request_id = format!("{:016x}", u64::from_le_bytes(random_bytes()));
        if let Some(cause) = self.cause {
            tracing::error!(request.id = request_id, cause, "a request failed");
        }
        let body = serde_json::json!({
            "detail": self.code.detail(),
            "code": self.code.as_str(),
            "request_id": request_id,
        });
        (self.code.status(), Json(body)).into_response()
    }
}

/// Runs `work`, which waits for the disk or computes, off the async threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(panic) => Err(ApiError::internal(&panic)),
    }
}

pub(super) async fn no_such_page() -> ApiError {
    ErrorCode::PageNotFound.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Locale;

    #[test]
    fn every_code_is_listed_once_and_has_a_sentence_in_every_locale() {
        let mut codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        for locale in Locale::ALL {
            for code in &codes {
                assert!(locale.text(&format!("error.{code}")).is_some(), "{locale:?} lacks {code}");
            }
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
    }
}
