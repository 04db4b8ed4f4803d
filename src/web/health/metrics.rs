//! `/metrics`: what was counted, and how the server does at this moment, for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::app::ServiceState;
use crate::health::Alert;
use crate::metrics::{self, Snapshot};
use crate::web::health::facts::Found;
use crate::web::health::ready;
use crate::web::{ApiError, AppState};

/// Returns everything that Prometheus may know: numbers, nothing about people.
pub(crate) async fn show(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let mut snapshot = Snapshot::default();
    let reasons = ready::reasons(&state).await;
    snapshot.gauge("ready", "Whether the server can do all of its work", u64::from(reasons.is_empty()));
    // What was counted is there also while the database does not answer.
    if let Ok(found) = Found::read(&state).await {
        describe(&mut snapshot, &state, &found);
    }
    describe_services(&mut snapshot, &state);
    let text = state.0.settings.app.metrics.write(&snapshot).map_err(|error| ApiError::internal(&error))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}

fn describe(snapshot: &mut Snapshot, state: &AppState, found: &Found) {
    let (queue, totals) = (&found.queue, &found.totals);
    let states = [("indexed", queue.indexed), ("pending", queue.pending), ("failed", queue.failed)];
    snapshot.gauges("photos", "Photos of all events, by state", "state", states);
    let again = "Searchable photos that wait to be indexed again, with another model pack";
    snapshot.gauge("photos_pending_again", again, queue.pending_again);
    let waits = found.waits_longest().map_or(0.0, |time| time.as_secs_f64());
    snapshot.float("oldest_pending_seconds", "How long the photo has waited that waits longest", waits);
    snapshot.gauge("indexing_workers", "Photos that are indexed at once", found.workers);
    snapshot.gauge("damaged_files", "Files of photos that are damaged", found.damaged);
    snapshot.gauge("faces", "Faces in the photos of all events", totals.faces);
    snapshot.gauge("events", "Events", totals.events);
    snapshot.gauge("selfie_searches", "Searches by guests with a selfie, in all events", totals.searches);
    snapshot.gauge("guests_entered", "How often guests entered, in all events", totals.guests);
    if let Some(bytes) = state.0.settings.services.samples().original_bytes() {
        snapshot.gauge("original_bytes", "Bytes of all originals, some minutes ago", bytes);
    }
    snapshot.gauge("disk_free_bytes", "Free bytes of the disk with the data folder", found.disk.free_bytes);
    snapshot.gauge("disk_total_bytes", "Bytes of the disk with the data folder", found.disk.total_bytes);
    snapshot.gauge("database_bytes", "Bytes of the database", found.database_bytes);
    let alerts = found.alerts(state, &state.reach().base_url());
    let is_on = |alert: &Alert| (alert.as_str(), u64::from(alerts.contains(alert)));
    let help = "Whether somebody should look at this: docs/OPERATING.md, \"Watching a server\"";
    snapshot.gauges("alert", help, "alert", Alert::ALL.iter().map(is_on));
}

fn describe_services(snapshot: &mut Snapshot, state: &AppState) {
    let services = state.0.settings.services.status();
    let is_up = |state| matches!(state, ServiceState::Running | ServiceState::Elsewhere);
    let runs = services.iter().map(|found| (found.name, u64::from(is_up(found.state))));
    snapshot.gauges("service_up", "Whether a background service runs", "service", runs);
    let waits = |state| u64::from(state == ServiceState::Elsewhere);
    let elsewhere = services.iter().map(|found| (found.name, waits(found.state)));
    let help = "Whether another process does the work of a background service";
    snapshot.gauges("service_elsewhere", help, "service", elsewhere);
    let completed = services.iter().map(|found| (found.name, found.completed));
    snapshot.counts("service_completed", "What a background service has completed", "service", completed);
    if let Some(backups) = state.0.settings.services.backups() {
        let is_well = u64::from(backups.trouble.is_none());
        snapshot.gauge("backup_ok", "Whether nothing is wrong with the regular backups", is_well);
        let at = backups.taken_at.map_or(0.0, |at| at.unix_ms() as f64 / 1000.0);
        snapshot.float("backup_last_timestamp_seconds", "When the last backup was taken; 0: not known", at);
    }
    let started = state.0.started_at.unix_ms() as f64 / 1000.0;
    snapshot.float("start_timestamp_seconds", "When the server was started", started);
    snapshot.float("uptime_seconds", "Since the server was started", state.uptime().as_secs_f64());
    let version = [(env!("CARGO_PKG_VERSION"), 1)];
    snapshot.gauges("build_info", "The program's version", "version", version);
}
