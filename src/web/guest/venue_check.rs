//! The page with which a phone checks the venue: it reaches this server, downloads something, compares the clocks, and
//! reports. Who has the link's key may; the link is in the terminal of `fotota doctor --venue` and in the studio.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::auth::token_hash;
use crate::domain::random_bytes;
use crate::venue::PhoneReport;
use crate::web::error::blocking;
use crate::web::http::i18n::locale;
use crate::web::http::page;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

const SHELL: &str = include_str!("../../../assets/venue/venue.html");
/// What a phone downloads: as much as a preview.
const SAMPLE_PIECES: usize = 10;
const PIECE_BYTES: usize = 32 << 10;
/// Older reports make room.
const MOST_REPORTS: usize = 5;

/// What phones reported since the start, the newest first.
#[derive(Default)]
pub(crate) struct PhoneReports(Mutex<VecDeque<PhoneReport>>);

impl PhoneReports {
    /// The newest first.
    pub(crate) fn list(&self) -> Vec<PhoneReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    fn add(&self, report: PhoneReport) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push_front(report);
        reports.truncate(MOST_REPORTS);
    }
}

/// The link that phones open.
pub(crate) fn link(state: &AppState, base_url: &str) -> String {
    crate::share::venue_link(base_url, &state.0.settings.venue_key)
}

pub(crate) async fn show(headers: HeaderMap) -> Response {
    page::localised(SHELL, locale(&headers), &["page", "phone"], serde_json::Value::Null)
}

/// Proves that the phone has the link.
#[derive(Deserialize)]
pub(crate) struct Proof {
    key: String,
}

impl Validate for Proof {
    fn check(&self, _: &mut Issues) {}
}

impl Proof {
    fn check_key(&self, state: &AppState) -> Result<(), ApiError> {
        let fits = token_hash(&self.key) == token_hash(&state.0.settings.venue_key);
        if fits { Ok(()) } else { Err(ErrorCode::LinkInvalid.into()) }
    }
}

#[derive(Serialize)]
pub(crate) struct ServerClock {
    now_ms: i64,
}

/// Tells the time, for the phone to compare.
pub(crate) async fn clock(
    State(state): State<AppState>,
    Valid(proof): Valid<Proof>,
) -> Result<Json<ServerClock>, ApiError> {
    proof.check_key(&state)?;
    Ok(Json(ServerClock { now_ms: state.now().unix_ms() }))
}

/// Something to download, which nothing on the way can make smaller.
pub(crate) async fn sample(
    State(state): State<AppState>,
    Valid(proof): Valid<Proof>,
) -> Result<Response, ApiError> {
    proof.check_key(&state)?;
    let bytes: Vec<u8> = (0..SAMPLE_PIECES).flat_map(|_| random_bytes::<PIECE_BYTES>()).collect();
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Reported {
    #[serde(flatten)]
    proof: Proof,
    #[serde(flatten)]
    report: PhoneReport,
}

impl Validate for Reported {
    fn check(&self, issues: &mut Issues) {
        let fits = self.report.bytes as usize == SAMPLE_PIECES * PIECE_BYTES;
        issues.expect(fits, "bytes", "value", "expected the length of the sample");
    }
}

/// Takes a phone's report.
pub(crate) async fn report(
    State(state): State<AppState>,
    Valid(Reported { proof, report }): Valid<Reported>,
) -> Result<StatusCode, ApiError> {
    proof.check_key(&state)?;
    state.0.phone_reports.add(report);
    let (store, now) = (state.store(), state.now().unix_ms());
    // With the time: two phones may report the same.
    let text = serde_json::json!({ "at_ms": now, "report": report }).to_string();
    blocking(move || Ok(store.put_phone_report(&text)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}
