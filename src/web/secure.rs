//! Sends browsers that open a page by HTTP to the same page by HTTPS, if that is configured and the certificate is for
//! the name that they used. At other names and addresses they would only get a warning. On the internet, nothing is
//! changed without encryption.

use axum::extract::Request;
use axum::http::header::{ACCEPT, HOST};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Redirect, Response};

use super::error::ApiError;
use super::error_code::ErrorCode;
use super::http::origin::RequestOrigin;
use super::state::AppState;
use crate::passwords::Place;
use crate::reach::is_public;

const HTTPS_PORT: u16 = 443;

pub(super) fn redirect(state: &AppState, request: &Request) -> Option<Response> {
    // Not a lasting one: the certificate may be gone tomorrow.
    secure_url(state, request).map(|url| Redirect::temporary(&url).into_response())
}

/// Refuses what would send a password, or change something, without encryption over the internet.
pub(super) fn refuse_plain_write(state: &AppState, request: &Request) -> Option<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || state.place() == Place::Local {
        return None;
    }
    let behind_proxy = state.config().server.behind_proxy;
    let origin = RequestOrigin::read(request.headers(), request.extensions(), behind_proxy);
    let is_plain = origin.https == Some(false) && is_public(origin.network.address());
    is_plain.then(|| ApiError::from(ErrorCode::HttpsRequired).into_response())
}

fn secure_url(state: &AppState, request: &Request) -> Option<String> {
    let config = state.config();
    let certificates = state.0.settings.certificates.as_ref().filter(|_| config.https.redirect)?;
    let origin = RequestOrigin::read(request.headers(), request.extensions(), config.server.behind_proxy);
    let accepts = request.headers().get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let opens_page =
        request.method() == Method::GET && accepts.is_some_and(|kinds| kinds.contains("text/html"));
    if origin.https != Some(false) || !opens_page {
        return None;
    }
    let named: Uri = request.headers().get(HOST)?.to_str().ok()?.parse().ok()?;
    let host = named.host().filter(|host| certificates.covers(host))?;
    // Without an address of its own, HTTPS is spoken where the request came to.
    let port = match config.https.bind {
        Some(address) => address.port(),
        None => named.port_u16().unwrap_or(80),
    };
    let port = if port == HTTPS_PORT { String::new() } else { format!(":{port}") };
    Some(format!("https://{host}{port}{}", request.uri().path_and_query()?))
}
