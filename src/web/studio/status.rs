//! How the studio stands: how far an event has come, and what the server wants looked at.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::share;
use crate::store::progress::{self, EventProgress, Queue};
use crate::web::AppState;
use crate::web::access::caller::GuestsUrl;
use crate::web::error::{ApiError, blocking};
use crate::web::rule::OpenEvent;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A photo that waits longer while nobody works is stuck.
const PATIENCE: Duration = Duration::from_mins(10);
/// A service's last error is shown for this long.
const RECENT: Duration = Duration::from_hours(1);

/// How far an event has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// All photos of the event.
    received: u64,
    /// Those that are searchable.
    indexed: u64,
    /// Those of them that guests may see.
    visible: u64,
    /// Those of them that are hidden.
    hidden: u64,
    /// Those that wait to be indexed.
    pending: u64,
    /// Those that could not be.
    failed: u64,
    faces: u64,
    /// Photos indexed in a minute, by the last one; known from the second request on.
    per_minute: f64,
    /// Until all are indexed, if it goes on like that.
    #[schema(required = true)]
    seconds_left: Option<u64>,
    /// How long ago the photo came that waits longest.
    #[schema(required = true)]
    oldest_pending_seconds: Option<u64>,
    /// Files of which a part has come.
    uploads: u64,
}

/// How far an event of the caller's has come.
#[utoipa::path(get, path = "/events/{event_id}/progress", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, body = Progress)))]
pub(crate) async fn show_progress(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<Progress>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let found = blocking(move || Ok(store.read(|c| progress::of_event(c, event.id, now))?)).await?;
    let EventProgress { counts, ever_indexed, waits_since, uploads } = found;
    let per_minute = state.0.rates.note(event.id, ever_indexed, now).unwrap_or_default();
    Ok(Json(Progress {
        received: counts.indexed + counts.pending + counts.failed,
        indexed: counts.indexed,
        visible: counts.indexed.saturating_sub(counts.hidden),
        hidden: counts.hidden,
        pending: counts.pending,
        failed: counts.failed,
        faces: counts.faces,
        per_minute: (per_minute * 10.0).round() / 10.0,
        seconds_left: seconds_left(counts.pending, per_minute),
        oldest_pending_seconds: waits_since.map(|at| now.since(at).as_secs()),
        uploads,
    }))
}

fn seconds_left(pending: u64, per_minute: f64) -> Option<u64> {
    let known = pending > 0 && per_minute > 0.0;
    known
        .then(|| Duration::try_from_secs_f64((pending as f64 / per_minute * 60.0).ceil()).ok())?
        .map(|d| d.as_secs())
}

/// What the owner should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Warning {
    /// The disk is nearly full.
    DiskLow,
    /// Photos wait and nobody works on them.
    Stuck,
    /// Only this computer can open the guests' links.
    LocalOnly,
    /// A background service failed in the last hour, or stopped.
    ServiceFailed,
}

/// How the server stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudioStatus {
    version: &'static str,
    /// Guests' links begin with it.
    base_url: String,
    /// Whether only this computer can open them.
    local_only: bool,
    disk_free_bytes: u64,
    disk_total_bytes: u64,
    /// Photos of all events that wait to be indexed.
    pending: u64,
    /// Photos of all events that could not be.
    failed: u64,
    /// Photos worked on at once.
    workers: u64,
    warnings: Vec<Warning>,
    /// Whether sign-in with a provider is set up.
    google: bool,
    /// The networks that find and recognise faces.
    pack: String,
}

/// How the server stands, and what should be looked at.
#[utoipa::path(get, path = "/studio/status", tag = "studio", responses((status = 200, body = StudioStatus)))]
pub(crate) async fn show_status(
    State(state): State<AppState>,
    GuestsUrl(base_url): GuestsUrl,
) -> Result<Json<StudioStatus>, ApiError> {
    let (store, now) = (state.store(), state.now());
    let (disk, queue) =
        blocking(move || Ok((store.disk_space()?, store.read(|c| progress::of_queue(c, now))?))).await?;
    let local_only = share::is_local_only(&base_url);
    let workers = u64::try_from(state.config().intake.worker_count()).unwrap_or(u64::MAX);
    let is_stuck = workers > 0 && is_stuck(&queue, now);
    let service_failed = state.0.settings.services.has_failed(now.minus(RECENT));
    let warnings = [
        (disk.is_low(), Warning::DiskLow),
        (is_stuck, Warning::Stuck),
        (local_only, Warning::LocalOnly),
        (service_failed, Warning::ServiceFailed),
    ];
    Ok(Json(StudioStatus {
        version: VERSION,
        local_only,
        disk_free_bytes: disk.free_bytes,
        disk_total_bytes: disk.total_bytes,
        pending: queue.pending,
        failed: queue.failed,
        workers,
        warnings: warnings.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect(),
        google: state.0.settings.provider.is_some(),
        pack: state.0.settings.app.engine.pack().name.clone(),
        base_url,
    }))
}

/// A long queue that moves is not stuck, however long its last photo waits.
fn is_stuck(queue: &Queue, now: crate::domain::Timestamp) -> bool {
    let waits_long = queue.waits_longest.is_some_and(|(_, since)| now.since(since) > PATIENCE);
    waits_long && !queue.is_worked_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{PhotoId, Timestamp};

    #[test]
    fn a_photo_is_stuck_when_it_waits_long_and_nobody_works() {
        let now = Timestamp::from_unix_ms(1_000_000_000);
        let queue = |seconds, is_worked_on| Queue {
            pending: 1,
            failed: 0,
            waits_longest: Some((PhotoId::random(), now.minus(Duration::from_secs(seconds)))),
            is_worked_on,
        };
        assert!(is_stuck(&queue(601, false), now));
        assert!(!is_stuck(&queue(600, false), now) && !is_stuck(&queue(601, true), now));
        assert!(!is_stuck(&Queue::default(), now));
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_was() {
        assert_eq!(seconds_left(30, 60.0), Some(30));
        assert_eq!((seconds_left(0, 60.0), seconds_left(30, 0.0)), (None, None));
        assert_eq!(seconds_left(u64::MAX, f64::MIN_POSITIVE), None);
    }
}
