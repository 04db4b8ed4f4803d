//! Bodies and queries as checked values, or a list of what is wrong with them.

use std::future::Future;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::web::AppState;
use crate::web::error::{ApiError, Issue};
use crate::web::error_code::ErrorCode;

/// A value that knows what else must hold for it.
pub(in crate::web) trait Validate {
    /// What is wrong with it: the field's name, a program's word, a sentence.
    fn check(&self, issues: &mut Issues);
}

/// What was found wrong so far.
#[derive(Default)]
pub(in crate::web) struct Issues {
    place: &'static str,
    found: Vec<Issue>,
}

impl Issues {
    /// Of a body.
    pub(in crate::web) fn in_body() -> Self {
        Self { place: "body", ..Self::default() }
    }

    /// An error where there are some.
    pub(in crate::web) fn finish(self) -> Result<(), ApiError> {
        if self.found.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.found)) }
    }

    /// Notes a wrong value, unless `valid`.
    pub(in crate::web) fn expect(&mut self, valid: bool, field: &str, kind: &'static str, msg: &str) {
        if !valid {
            let loc = vec![self.place.to_owned(), field.to_owned()];
            self.found.push(Issue { loc, msg: msg.to_owned(), kind });
        }
    }

    /// Notes a text that has not so many characters; white space around it does not count for the least.
    pub(in crate::web) fn expect_chars(&mut self, text: &str, least: usize, most: usize, field: &str) {
        let fits = text.trim().chars().count() >= least && text.chars().count() <= most;
        let message = format!("expected {least} to {most} characters");
        self.expect(fits, field, "string_length", &message);
    }
}

fn finish<T: Validate>(value: T, place: &'static str) -> Result<T, ApiError> {
    let mut issues = Issues { place, ..Issues::default() };
    value.check(&mut issues);
    issues.finish().map(|()| value)
}

/// One wrong value.
pub(in crate::web) fn invalid(place: &str, field: &str, kind: &'static str, msg: &str) -> ApiError {
    ApiError::invalid(vec![Issue { loc: vec![place.into(), field.into()], msg: msg.into(), kind }])
}

/// A JSON body.
pub(in crate::web) struct Valid<T>(pub(in crate::web) T);

impl<T: DeserializeOwned + Validate> FromRequest<AppState> for Valid<T> {
    type Rejection = ApiError;

    fn from_request(
        request: Request,
        state: &AppState,
    ) -> impl Future<Output = Result<Self, ApiError>> + Send {
        let bytes = Bytes::from_request(request, state);
        async move {
            let bytes = bytes.await.map_err(|rejection| too_large_or_cut(&rejection))?;
            // Serde reads the fields of an object from a list too, by their order.
            if bytes.trim_ascii_start().starts_with(b"[") {
                return Err(invalid("body", "", "json", "expected an object"));
            }
            let mut json = serde_json::Deserializer::from_slice(&bytes);
            let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
                let path = error.path().iter().map(ToString::to_string).filter(|part| part != "?");
                let loc = std::iter::once("body".to_owned()).chain(path).collect();
                ApiError::invalid(vec![Issue { loc, msg: error.inner().to_string(), kind: "json" }])
            })?;
            json.end().map_err(|error| invalid("body", "", "json", &error.to_string()))?;
            finish(value, "body").map(Self)
        }
    }
}

/// A body that did not come, or would be too long.
pub(in crate::web) fn too_large_or_cut(rejection: &axum::extract::rejection::BytesRejection) -> ApiError {
    match rejection.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge.into(),
        _ => ErrorCode::TooSlow.into(),
    }
}

/// The query of an address.
pub(in crate::web) struct ValidQuery<T>(pub(in crate::web) T);

impl<T: DeserializeOwned + Validate> FromRequestParts<AppState> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        let Query(value) = query.map_err(|rejection| {
            // "Failed to deserialize query string: page: invalid digit found in string"
            let text = rejection.body_text();
            let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
            let field = reason.split_once(": ").map_or("", |(field, _)| field).to_owned();
            invalid("query", &field, "value", &reason)
        })?;
        finish(value, "query").map(Self)
    }
}
