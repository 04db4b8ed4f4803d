//! The progress of an event, and the server's state with its warnings.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Timestamp;
use crate::reach::{Trouble, is_local_only};
use crate::store::damage::{self, Damage};
use crate::store::progress::{self, EventProgress, Queue};
use crate::web::access::caller::{GuestsUrl, SignedIn};
use crate::web::error::blocking;
use crate::web::rule::OpenEvent;
use crate::web::studio::backups::Backups;
use crate::web::{ApiError, AppState};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A photo that waits longer, while no worker is busy, is stuck.
const STUCK_AFTER: Duration = Duration::from_mins(10);
/// Damaged files that are named.
const NAMED_FILES: usize = 10;
/// A service's last error is shown for this long.
const RECENT: Duration = Duration::from_hours(1);

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

/// A problem that the photographer should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Warning {
    /// The disk is nearly full.
    DiskLow,
    /// Photos wait, and no worker is busy.
    Stuck,
    /// Only this computer can open the guests' links.
    LocalOnly,
    /// The guests' links carry an address that no router gave.
    LinkLocal,
    /// The guests' links carry the address of a VPN, of containers or of virtual machines.
    NoGuests,
    /// The guests' links carry the address of a phone's own connection.
    Tether,
    /// The chosen address is not there any more.
    AddressGone,
    /// A background service failed in the last hour, or stopped.
    ServiceFailed,
    /// The last backup is older than three intervals.
    BackupOld,
    /// Files of photos are damaged, and could not be made again.
    FilesDamaged,
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
    /// Photos of all events that wait to be indexed.
    pending: u64,
    /// Searchable photos of all events.
    indexed: u64,
    /// Searchable photos that are still to be indexed again, because the pack was changed.
    pending_again: u64,
    /// Photos of all events that could not be indexed.
    failed: u64,
    /// Parallel jobs.
    workers: u64,
    warnings: Vec<Warning>,
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
    let (store, now) = (state.store(), state.now());
    let disk = blocking(move || Ok(store.disk_space()?)).await?;
    let queue = state.read(move |db| progress::of_queue(db, now)).await?;
    let (damaged, files) =
        state.read(move |db| Ok((damage::count(db)?, damage::list(db, user.id, NAMED_FILES)?))).await?;
    let (local_only, current) = (is_local_only(&base_url), state.reach().current());
    let has = |trouble| !local_only && current.trouble == Some(trouble);
    let workers = u64::try_from(state.config().intake.worker_count()).unwrap_or(u64::MAX);
    let is_stuck = workers > 0 && is_stuck(&queue, now);
    let service_failed = state.0.settings.services.has_failed(now.minus(RECENT));
    let backups = state.0.settings.services.backups();
    let backup_old = backups.as_ref().is_some_and(|backups| {
        state.config().backup.is_old(backups.taken_at.unwrap_or(backups.started_at), now)
    });
    let warnings = [
        (disk.is_low(), Warning::DiskLow),
        (is_stuck, Warning::Stuck),
        (local_only, Warning::LocalOnly),
        (has(Trouble::LinkLocal), Warning::LinkLocal),
        (has(Trouble::NoGuests), Warning::NoGuests),
        (has(Trouble::Tether), Warning::Tether),
        (current.choice.gone.is_some(), Warning::AddressGone),
        (service_failed, Warning::ServiceFailed),
        (backup_old, Warning::BackupOld),
        (damaged > 0, Warning::FilesDamaged),
    ];
    Ok(Json(StudioStatus {
        version: VERSION,
        local_only,
        disk_free_bytes: disk.free_bytes,
        disk_total_bytes: disk.total_bytes,
        pending: queue.pending,
        indexed: queue.indexed,
        pending_again: queue.pending_again,
        failed: queue.failed,
        workers,
        warnings: warnings.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect(),
        damaged,
        damaged_files: files.into_iter().map(DamagedFile::from).collect(),
        google: state.0.settings.provider.is_some(),
        pack: state.0.settings.app.engine.pack().name.clone(),
        backups: backups.map(Backups::from),
        base_url,
    }))
}

/// A long queue is not stuck while a worker is busy, however long its last photo waits.
fn is_stuck(queue: &Queue, now: Timestamp) -> bool {
    let waits_long = queue.waits_longest.is_some_and(|(_, since)| now.since(since) > STUCK_AFTER);
    waits_long && !queue.is_worked_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhotoId;

    #[test]
    fn a_photo_is_stuck_when_it_waits_long_and_no_worker_is_busy() {
        let now = Timestamp::from_unix_ms(1_000_000_000);
        let queue = |seconds, is_worked_on| Queue {
            pending: 1,
            waits_longest: Some((PhotoId::random(), now.minus(Duration::from_secs(seconds)))),
            is_worked_on,
            ..Queue::default()
        };
        assert!(is_stuck(&queue(601, false), now));
        assert!(!is_stuck(&queue(600, false), now) && !is_stuck(&queue(601, true), now));
        assert!(!is_stuck(&Queue::default(), now));
    }

    #[test]
    fn the_time_left_follows_from_the_rate() {
        assert_eq!(seconds_left(30, 60.0), Some(30));
        assert_eq!((seconds_left(0, 60.0), seconds_left(30, 0.0)), (None, None));
        assert_eq!(seconds_left(u64::MAX, f64::MIN_POSITIVE), None);
    }
}
