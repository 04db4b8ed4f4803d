//! The rehearsal: an evening with guests and cameras, played on this computer before the real one.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::tallies;
use crate::venue::{Rehearsal, RehearsalPlan, RehearsalReport};
use crate::web::error::blocking;
use crate::web::http::validate::{Issues, Valid, Validate};
use crate::web::{ApiError, AppState, ErrorCode};

/// Guests who did something by then may be waiting for their photos.
const LATELY: Duration = Duration::from_mins(10);
/// As many as `fotota rehearse` plays, and for as long.
const MOST_GUESTS: u16 = 500;
const MOST_SECONDS: u16 = 120;

/// How the rehearsal is.
#[derive(Serialize, ToSchema)]
pub(crate) struct RehearsalStatus {
    /// `idle`, `running`, `done` or `failed`.
    state: &'static str,
    /// What is played, while it is.
    #[schema(required = true)]
    running: Option<RunningRehearsal>,
    /// What came out, when it is done.
    #[schema(required = true)]
    report: Option<RehearsalReport>,
    /// Why it failed, in English.
    #[schema(required = true)]
    problem: Option<String>,
    /// Whether guests of the real events did something in the last ten minutes. A rehearsal would make them wait.
    guests_lately: bool,
}

/// A rehearsal that runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunningRehearsal {
    guests: u16,
    within_seconds: u16,
    /// `photos`: the first photos are made and indexed; then `guests`: they arrive.
    doing: &'static str,
    /// For how long by now.
    elapsed_seconds: u64,
    /// About how long it takes in all.
    takes_seconds: u64,
}

/// Says whether a rehearsal runs, how far it is, and what came out of the last one since the start of the server.
#[utoipa::path(get, path = "/studio/rehearsal", tag = "studio",
    responses((status = 200, body = RehearsalStatus)))]
pub(crate) async fn show(State(state): State<AppState>) -> Result<Json<RehearsalStatus>, ApiError> {
    let since = state.now().minus(LATELY);
    let guests_lately = state.read(move |db| tallies::any_since(db, since)).await?;
    let mut status =
        RehearsalStatus { state: "idle", running: None, report: None, problem: None, guests_lately };
    match state.0.settings.rehearsals.look() {
        Rehearsal::Idle => {}
        Rehearsal::Running { plan, elapsed, takes, guests_arrive } => {
            status.state = "running";
            status.running = Some(RunningRehearsal {
                guests: plan.guests,
                within_seconds: plan.within_seconds,
                doing: if guests_arrive { "guests" } else { "photos" },
                elapsed_seconds: elapsed.as_secs(),
                takes_seconds: takes.as_secs(),
            });
        }
        Rehearsal::Done(report) => (status.state, status.report) = ("done", Some(report)),
        Rehearsal::Failed(problem) => (status.state, status.problem) = ("failed", Some(problem)),
    }
    Ok(Json(status))
}

/// What to play.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RehearsalStart {
    /// How many guests arrive.
    #[schema(minimum = 1, maximum = 500)]
    guests: u16,
    /// In which time.
    #[schema(minimum = 1, maximum = 120)]
    within_seconds: u16,
    /// Whether to start although guests did something in the last ten minutes.
    #[serde(default)]
    despite_guests: bool,
}

impl Validate for RehearsalStart {
    fn check(&self, issues: &mut Issues) {
        let guests = (1..=MOST_GUESTS).contains(&self.guests);
        issues.expect(guests, "guests", "value", "expected 1 to 500");
        let seconds = (1..=MOST_SECONDS).contains(&self.within_seconds);
        issues.expect(seconds, "within_seconds", "value", "expected 1 to 120");
    }
}

/// Starts a rehearsal: guests with selfies and three cameras, at a server of its own on this computer, through the
/// guests' address, without any of the real events. Meanwhile this server has less power.
#[utoipa::path(post, path = "/studio/rehearsal", tag = "studio", request_body = RehearsalStart,
    responses((status = 202)))]
pub(crate) async fn start(
    State(state): State<AppState>,
    Valid(RehearsalStart { guests, within_seconds, despite_guests }): Valid<RehearsalStart>,
) -> Result<StatusCode, ApiError> {
    let since = state.now().minus(LATELY);
    if !despite_guests && state.read(move |db| tallies::any_since(db, since)).await? {
        return Err(ErrorCode::RehearsalGuests.into());
    }
    let plan = RehearsalPlan { guests, within_seconds, address: state.reach().current().own_ip() };
    let rehearsals = state.0.settings.rehearsals.clone();
    let started = blocking(move || Ok(rehearsals.start(plan))).await?;
    if started { Ok(StatusCode::ACCEPTED) } else { Err(ErrorCode::RehearsalRunning.into()) }
}

/// Stops the rehearsal, if one runs, and returns when it has ended.
#[utoipa::path(delete, path = "/studio/rehearsal", tag = "studio", responses((status = 204)))]
pub(crate) async fn stop(State(state): State<AppState>) -> Result<StatusCode, ApiError> {
    let rehearsals = state.0.settings.rehearsals.clone();
    blocking(move || {
        rehearsals.stop();
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
