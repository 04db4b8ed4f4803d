//! The progress of an event, and the server's state with its warnings.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::health::Alert;
use crate::reach::is_local_only;
use crate::store::damage::{self, Damage};
use crate::store::progress::{self, EventProgress};
use crate::web::access::caller::{GuestsUrl, SignedIn};
use crate::web::health::facts::Found;
use crate::web::rule::OpenEvent;
use crate::web::studio::backups::Backups;
use crate::web::{ApiError, AppState};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Damaged files that are named.
const NAMED_FILES: usize = 10;

/// An event's indexing progress.
#[derive(Serialize, ToSchema)]
pub(crate) struct Progress {
    /// All photos of the event.
    received: u64,
    /// Searchable photos.
    indexed: u64,
    /// Searchable photos that guests may see.
    visible: u64,
    /// Searchable photos that are hidden.
    hidden: u64,
    /// Photos that wait to be indexed.
    pending: u64,
    /// Photos that could not be indexed.
    failed: u64,
    faces: u64,
    /// Photos indexed per minute, over the last minute; known from the second request on.
    per_minute: f64,
    /// Estimated time until all photos are indexed.
    #[schema(required = true)]
    seconds_left: Option<u64>,
    /// How long the oldest pending photo has waited.
    #[schema(required = true)]
    oldest_pending_seconds: Option<u64>,
    /// Unfinished uploads.
    uploads: u64,
    /// Whether someone was stopped in the last hour who searched for too many different people.
    search_stopped: bool,
}

/// Returns an event's indexing progress.
#[utoipa::path(get, path = "/events/{event_id}/progress", tag = "studio", params(("event_id" = i64, Path)),
    responses((status = 200, body = Progress)))]
pub(crate) async fn show_progress(
    State(state): State<AppState>,
    OpenEvent(event): OpenEvent,
) -> Result<Json<Progress>, ApiError> {
    let now = state.now();
    let found = state.read(move |db| progress::of_event(db, event.id, now)).await?;
    let EventProgress { counts, ever_indexed, waits_since, uploads } = found;
    let per_minute =
        state.0.rates.add_sample(event.id, (ever_indexed, counts.pending), now).unwrap_or_default();
    Ok(Json(Progress {
        received: counts.indexed + counts.pending + counts.failed,
        indexed: counts.indexed,
        visible: counts.visible,
        hidden: counts.hidden,
        pending: counts.pending,
        failed: counts.failed,
        faces: counts.faces,
        per_minute: (per_minute * 10.0).round() / 10.0,
        seconds_left: seconds_left(counts.pending, per_minute),
        oldest_pending_seconds: waits_since.map(|at| now.since(at).as_secs()),
        uploads,
        search_stopped: state.0.searched_faces.was_stopped_in(event.id, now),
    }))
}

fn seconds_left(pending: u64, per_minute: f64) -> Option<u64> {
    let known = pending > 0 && per_minute > 0.0;
    known
        .then(|| Duration::try_from_secs_f64((pending as f64 / per_minute * 60.0).ceil()).ok())?
        .map(|d| d.as_secs())
}

/// A file of a photo that is damaged.
#[derive(Serialize, ToSchema)]
struct DamagedFile {
    /// Name of the event.
    event: String,
    /// The photo's file name.
    file_name: String,
    /// Path in the data folder.
    path: String,
    /// `missing`, `changed`, `unreadable` or `damaged`.
    fault: &'static str,
}

impl From<Damage> for DamagedFile {
    fn from(found: Damage) -> Self {
        let Damage { event_name: event, file_name, blob, fault, .. } = found;
        Self { event, file_name, path: blob.to_string(), fault: fault.as_str() }
    }
}

/// The server's state.
#[derive(Serialize, ToSchema)]
pub(crate) struct StudioStatus {
    version: &'static str,
    /// Guests' links begin with this URL.
    base_url: String,
    /// Whether only this computer can open guests' links.
    local_only: bool,
    disk_free_bytes: u64,
    disk_total_bytes: u64,
    /// When the disk will be full at the pace of the last hour; `null` while hardly anything is written.
    #[schema(required = true)]
    seconds_until_full: Option<u64>,
    /// Photos of all events that wait to be indexed.
    pending: u64,
    /// Searchable photos of all events.
    indexed: u64,
    /// Searchable photos that are still to be indexed again, because the pack was changed.
    pending_again: u64,
    /// Photos of all events that could not be indexed.
    failed: u64,
    /// Parallel jobs of this server; 0 where it leaves them to others.
    workers: u64,
    warnings: Vec<Alert>,
    /// Files of photos that are damaged, and could not be made again.
    damaged: u64,
    /// The ones that were found last in the caller's own events.
    damaged_files: Vec<DamagedFile>,
    /// Whether sign-in with an OpenID provider is configured.
    google: bool,
    /// The pack that finds and recognises faces.
    pack: String,
    /// The regular backups, if there are any.
    #[schema(required = true)]
    backups: Option<Backups>,
}

/// Returns the server's state and warnings.
#[utoipa::path(get, path = "/studio/status", tag = "studio", responses((status = 200, body = StudioStatus)))]
pub(crate) async fn show_status(
    State(state): State<AppState>,
    GuestsUrl(base_url): GuestsUrl,
    SignedIn { user, .. }: SignedIn,
) -> Result<Json<StudioStatus>, ApiError> {
    let found = Found::read(&state).await?;
    let files = state.read(move |db| damage::list(db, user.id, NAMED_FILES)).await?;
    let backups = state.0.settings.services.backups();
    Ok(Json(StudioStatus {
        version: VERSION,
        local_only: is_local_only(&base_url),
        disk_free_bytes: found.disk.free_bytes,
        disk_total_bytes: found.disk.total_bytes,
        seconds_until_full: found.seconds_until_full(),
        pending: found.queue.pending,
        indexed: found.queue.indexed,
        pending_again: found.queue.pending_again,
        failed: found.queue.failed,
        workers: found.workers,
        warnings: found.alerts(&state, &base_url),
        damaged: found.damaged,
        damaged_files: files.into_iter().map(DamagedFile::from).collect(),
        google: state.0.settings.provider.is_some(),
        pack: state.0.settings.app.engine.pack().name.clone(),
        backups: backups.map(Backups::from),
        base_url,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate() {
        assert_eq!(seconds_left(30, 60.0), Some(30));
        assert_eq!((seconds_left(0, 60.0), seconds_left(30, 0.0)), (None, None));
        assert_eq!(seconds_left(u64::MAX, f64::MIN_POSITIVE), None);
    }
}
