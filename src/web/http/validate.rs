//! Bodies, queries and path parameters as checked values, or a list of what is wrong with them.

use std::future::Future;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::web::error::Issue;
use crate::web::{ApiError, ErrorCode};

/// UTF-8's, which some clients write.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A value with conditions beyond its type.
pub(crate) trait Validate {
    /// Adds each condition that does not hold.
    fn check(&self, issues: &mut Issues);
}

/// What is wrong with a request so far.
#[derive(Default)]
pub(crate) struct Issues {
    source: &'static str,
    found: Vec<Issue>,
}

impl Issues {
    /// Issues of a body.
    pub(crate) fn in_body() -> Self {
        Self { source: "body", ..Self::default() }
    }

    /// Fails if there are any.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.found.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.found)) }
    }

    /// Adds an issue, unless `valid`.
    pub(crate) fn expect(&mut self, valid: bool, field: &str, kind: &'static str, msg: &str) {
        if !valid {
            let loc = vec![self.source.to_owned(), field.to_owned()];
            self.found.push(Issue { loc, msg: msg.to_owned(), kind });
        }
    }

    /// Adds an issue, unless a text has so many characters; white space around it does not count towards the minimum.
    pub(crate) fn expect_chars(&mut self, text: &str, min: usize, max: usize, field: &str) {
        let fits = text.trim().chars().count() >= min && text.chars().count() <= max;
        let message = format!("expected {min} to {max} characters");
        self.expect(fits, field, "string_length", &message);
    }
}

fn finish<T: Validate>(value: T, source: &'static str) -> Result<T, ApiError> {
    let mut issues = Issues { source, ..Issues::default() };
    value.check(&mut issues);
    issues.finish().map(|()| value)
}

/// An error about one value.
pub(crate) fn invalid(source: &str, field: &str, kind: &'static str, msg: &str) -> ApiError {
    ApiError::invalid(vec![Issue { loc: vec![source.into(), field.into()], msg: msg.into(), kind }])
}

/// A JSON body.
pub(crate) struct Valid<T>(pub(in crate::web) T);

impl<S: Send + Sync, T: DeserializeOwned + Validate> FromRequest<S> for Valid<T> {
    type Rejection = ApiError;

    fn from_request(request: Request, state: &S) -> impl Future<Output = Result<Self, ApiError>> + Send {
        let bytes = Bytes::from_request(request, state);
        async move {
            let bytes = bytes.await.map_err(|rejection| too_large_or_cut(&rejection))?;
            finish(parse(&bytes)?, "body").map(Self)
        }
    }
}

/// Parses a JSON object as the old service did: a byte order mark may precede it, and of two fields with the same name
/// the last one counts.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let json: Value =
        serde_json::from_slice(bytes).map_err(|error| invalid("body", "", "json", &error.to_string()))?;
    // Serde would also read an object from a list of its fields.
    if json.is_array() {
        return Err(invalid("body", "", "json", "expected an object"));
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().iter().map(ToString::to_string).filter(|part| part != "?");
        let loc = std::iter::once("body".to_owned()).chain(path).collect();
        ApiError::invalid(vec![Issue { loc, msg: error.inner().to_string(), kind: "json" }])
    })
}

/// The error for a body that is too long, or stopped arriving.
pub(crate) fn too_large_or_cut(rejection: &axum::extract::rejection::BytesRejection) -> ApiError {
    match rejection.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge.into(),
        _ => ErrorCode::TooSlow.into(),
    }
}

/// A URL's query.
pub(crate) struct ValidQuery<T>(pub(in crate::web) T);

impl<S: Sync, T: DeserializeOwned + Validate> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
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

/// The text of a path's parameter.
pub(crate) async fn path_param(parts: &mut Parts, name: &str) -> Option<String> {
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A number in a path; `None` for one that no id has.
pub(crate) fn number_in_path<T: FromStr>(text: &str, name: &str) -> Result<Option<T>, ApiError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("path", name, "int_parsing", "expected a whole number"));
    }
    Ok(text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Body {
        name: String,
        count: u8,
    }

    #[test]
    fn json_is_read_as_the_old_service_read_it() {
        let read = |text: &str| parse::<Body>(text.as_bytes()).ok();
        let body = Some(Body { name: "b".into(), count: 2 });
        for text in [
            "{\"name\": \"b\", \"count\": 2}",
            "\u{feff} {\"name\": \"b\", \"count\": 2} ",
            "{\"name\": \"a\", \"count\": 1, \"name\": \"b\", \"count\": 2}",
        ] {
            assert_eq!(read(text), body, "{text}");
        }
        for text in ["[\"b\", 2]", "", "null", "{\"name\": \"b\", \"count\": 300}", "{} {}", "{\"name\": 1}"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
