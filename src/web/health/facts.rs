//! What is known about the server at this moment, and the alerts that follow.

use std::time::Duration;

use crate::domain::{ClockTrust, RetentionClock, Timestamp};
use crate::health::{self, Address, Alert, Facts, Sample};
use crate::reach::{Trouble, is_local_only};
use crate::store::progress::{self, Queue};
use crate::store::server_numbers::{self, CameraActivity, Totals};
use crate::store::{DiskSpace, damage, retention_clock};
use crate::web::error::blocking;
use crate::web::{ApiError, AppState};

/// A service's last error counts for this long.
const RECENT: Duration = Duration::from_hours(1);

/// What the database and the disk say.
pub(crate) struct Found {
    now: Timestamp,
    pub(crate) disk: DiskSpace,
    pub(crate) database_bytes: u64,
    pub(crate) queue: Queue,
    pub(crate) damaged: u64,
    clock: ClockTrust,
    pub(crate) totals: Totals,
    cameras: Vec<CameraActivity>,
    samples: Vec<Sample>,
    pub(crate) workers: u64,
}

impl Found {
    pub(crate) async fn read(state: &AppState) -> Result<Self, ApiError> {
        let (store, now) = (state.store(), state.now());
        let (disk, database_bytes) =
            blocking(move || Ok((store.disk_space()?, store.database_bytes()))).await?;
        let since = now.minus(health::CAMERAS_SINCE);
        let rows = state.read(move |db| {
            let clock = retention_clock::find(db)?.map_or(ClockTrust::Trusted, RetentionClock::trust);
            let queue = (progress::of_queue(db, now)?, damage::count(db)?, clock);
            Ok((queue, server_numbers::totals(db)?, server_numbers::list_cameras(db, since)?))
        });
        let ((queue, damaged, clock), totals, cameras) = rows.await?;
        let intake = &state.config().intake;
        let workers = if intake.work { intake.worker_count() } else { 0 };
        let workers = u64::try_from(workers).unwrap_or(u64::MAX);
        let samples = state.0.settings.services.samples().list();
        Ok(Self { now, disk, database_bytes, queue, damaged, clock, totals, cameras, samples, workers })
    }

    /// The alerts that apply, where guests' links begin with `base_url`.
    pub(crate) fn alerts(&self, state: &AppState, base_url: &str) -> Vec<Alert> {
        let (services, current) = (&state.0.settings.services, state.reach().current());
        let trouble = match current.trouble {
            Some(Trouble::LinkLocal) => Some(Address::LinkLocal),
            Some(Trouble::NoGuests) => Some(Address::NoGuests),
            Some(Trouble::Tether) => Some(Address::Tether),
            Some(Trouble::LocalOnly) | None => None,
        };
        let backup_old = services.backups().is_some_and(|backups| {
            state.config().backup.is_old(backups.taken_at.unwrap_or(backups.started_at), self.now)
        });
        health::find(&Facts {
            now: self.now,
            disk: self.disk,
            queue: &self.queue,
            samples: &self.samples,
            cameras: &self.cameras,
            address: if is_local_only(base_url) { Some(Address::LocalOnly) } else { trouble },
            address_gone: current.choice.gone.is_some(),
            service_failed: services.has_failed(self.now.minus(RECENT)),
            backup_old,
            damaged: self.damaged,
            clock: self.clock,
        })
    }

    /// When the disk will be full at this pace.
    pub(crate) fn seconds_until_full(&self) -> Option<u64> {
        health::seconds_until_full(&self.samples, self.disk, self.now)
    }

    /// How long the photo has waited that waits longest.
    pub(crate) fn waits_longest(&self) -> Option<Duration> {
        self.queue.waits_longest.map(|(_, since)| self.now.since(since))
    }
}
