//! The certificate of the generated authority: a page that explains what installing it means, and the file. Without
//! such an authority there is neither.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};

use crate::tls::Certificates;
use crate::web::http::i18n::locale;
use crate::web::http::{missing, page};
use crate::web::{ApiError, AppState, ErrorCode};

const SHELL: &str = include_str!("../../../assets/certificate/certificate.html");

pub(crate) async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match authority(&state) {
        Some(_) => Html(page::fill(SHELL, locale(&headers), &[])).into_response(),
        None => missing::page(&headers),
    }
}

/// What phones and computers take for the certificate of an authority.
pub(crate) async fn download(State(state): State<AppState>) -> Result<Response, ApiError> {
    let certificate = authority(&state).ok_or(ErrorCode::PageNotFound)?;
    let headers = [
        (CONTENT_TYPE, "application/x-x509-ca-cert"),
        (CONTENT_DISPOSITION, "attachment; filename=\"fotota.crt\""),
    ];
    Ok((headers, certificate.to_vec()).into_response())
}

fn authority(state: &AppState) -> Option<&[u8]> {
    state.0.settings.certificates.as_ref().and_then(Certificates::authority)
}
