//! The checks of the venue: whether guests' phones reach this computer all evening.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::venue::{self, Certificate, Facts, Finding, PhoneReport};
use crate::web::access::caller::GuestsUrl;
use crate::web::error::blocking;
use crate::web::guest::venue_check;
use crate::web::{ApiError, AppState};

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Venue {
    findings: Vec<VenueFinding>,
}

/// How one thing is, and what helps.
#[derive(Serialize, ToSchema)]
pub(crate) struct VenueFinding {
    /// The key of what was looked at, in the pages' dictionaries: `venue.firewall`, say.
    what: &'static str,
    /// `ok`, `warn`, `fail` or `unknown`.
    state: &'static str,
    /// The key of the sentence about it.
    says: &'static str,
    /// What stands in the sentence for `{name}`.
    values: BTreeMap<&'static str, String>,
}

impl From<Finding> for VenueFinding {
    fn from(Finding { what, state, says, values }: Finding) -> Self {
        Self { what, state: state.as_str(), says, values: values.into_iter().collect() }
    }
}

/// Checks what decides at a venue whether guests' phones reach this computer all evening: address, firewall, power and
/// the like. Takes some seconds.
#[utoipa::path(get, path = "/studio/venue", tag = "studio", responses((status = 200, body = Venue)))]
pub(crate) async fn look(State(state): State<AppState>) -> Result<Json<Venue>, ApiError> {
    let findings = blocking(move || Ok(venue::look(&facts(&state)))).await?;
    Ok(Json(Venue { findings: findings.into_iter().map(VenueFinding::from).collect() }))
}

fn facts(state: &AppState) -> Facts {
    let (config, now) = (state.config(), state.now());
    let second = config.https.bind.map(|address| address.port());
    let certificate = match &state.0.settings.certificates {
        None => Certificate::None,
        Some(found) => found.expires().map_or(Certificate::Missing, Certificate::Until),
    };
    Facts {
        current: state.reach().current(),
        ports: [state.reach().port()].into_iter().chain(second).collect(),
        is_running: true,
        announces: config.server.mdns && config.server.public_url.is_none(),
        disk: state.store().disk_space().ok(),
        certificate,
        now,
    }
}

/// Phones that checked the venue.
#[derive(Serialize, ToSchema)]
pub(crate) struct VenuePhones {
    /// The page that checks it, with a key behind the `#`; another one after each start of the server.
    link: String,
    /// What the last five phones reported, the newest first.
    phones: Vec<Vec<VenueFinding>>,
}

/// Returns the link with which a phone checks the venue, and what phones reported.
#[utoipa::path(get, path = "/studio/venue/phones", tag = "studio",
    responses((status = 200, body = VenuePhones)))]
pub(crate) async fn list_phones(
    State(state): State<AppState>,
    GuestsUrl(base): GuestsUrl,
) -> Json<VenuePhones> {
    let findings = |report: PhoneReport| report.findings().into_iter().map(VenueFinding::from).collect();
    let phones = state.0.phone_reports.list().into_iter().map(findings).collect();
    Json(VenuePhones { link: venue_check::link(&state, &base), phones })
}
