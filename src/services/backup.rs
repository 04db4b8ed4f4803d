//! Regular backups, into a folder where the first one was made by hand: the empty place of a disk that is not connected
//! is never filled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::{App, Duty, Service, ServiceHandle};
use crate::domain::{Timestamp, reason_chain};
use crate::store::Lock;
use crate::store::backup::{self, BackupError, Manifest, Watch};

/// How often to look whether the disk is there, and whether it is time.
const LOOK: Duration = Duration::from_secs(5);
/// After a failure, at most.
const RETRY: Duration = Duration::from_mins(5);

/// A disk may be slow.
const STOP: Duration = Duration::from_secs(10);

/// What the studio shows of the regular backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupStatus {
    /// When the last one was taken, as far as this server knows.
    pub taken_at: Option<Timestamp>,
    /// Whether one is being taken.
    pub is_running: bool,
    /// What keeps the next one from being taken, or what was wrong with the last one.
    pub trouble: Option<BackupTrouble>,
    /// When the server started.
    pub started_at: Timestamp,
}

/// What is wrong with the regular backups, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupTrouble {
    /// What is wrong.
    pub kind: TroubleKind,
    /// Since when.
    pub since: Timestamp,
}

/// What is wrong with the regular backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The disk is not there, or nobody has begun a backup on it.
    Away,
    /// The reason, for people.
    Failed(String),
    /// The backup was taken, but so many files of the data folder are damaged or missing.
    Damaged(u64),
}

/// The status of the regular backups. All clones are the same.
#[derive(Clone)]
pub struct BackupMonitor(Arc<Mutex<BackupStatus>>);

impl BackupMonitor {
    fn new(started_at: Timestamp) -> Self {
        let status = BackupStatus { taken_at: None, is_running: false, trouble: None, started_at };
        Self(Arc::new(Mutex::new(status)))
    }

    /// The status at this moment.
    #[must_use]
    pub fn status(&self) -> BackupStatus {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BackupStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same trouble goes on since it began.
    fn set_trouble(&self, kind: TroubleKind, now: Timestamp) {
        let mut status = self.lock();
        if status.trouble.as_ref().is_none_or(|trouble| trouble.kind != kind) {
            status.trouble = Some(BackupTrouble { kind, since: now });
        }
    }

    /// What a backup says about itself.
    fn found(&self, manifest: &Manifest, now: Timestamp) {
        self.lock().taken_at = manifest.taken_at();
        match manifest.problems {
            0 => self.lock().trouble = None,
            count => self.set_trouble(TroubleKind::Damaged(count), now),
        }
    }
}

/// Starts them, if a folder is configured.
pub(super) fn start(app: &App) -> Option<(Service, BackupMonitor)> {
    let folder = app.config.backup.folder.clone()?;
    let monitor = BackupMonitor::new(app.clock.now());
    let job = Job { app: app.clone(), folder, monitor: monitor.clone() };
    let service = Service::start("backup", app.clock.clone(), 1, move |service| job.run(service));
    // What a backup that is cut off leaves, the next one tidies up.
    let service = service.with_stop_timeout(STOP);
    Some((service, monitor))
}

#[derive(Clone)]
struct Job {
    app: App,
    folder: PathBuf,
    monitor: BackupMonitor,
}

impl Job {
    fn run(&self, service: &ServiceHandle) {
        let (mut failed_at, mut duty) = (None, Duty::new(&self.app.store, Lock::Backups));
        loop {
            // A panic must not end the backups.
            let looked = catch_unwind(AssertUnwindSafe(|| {
                let is_mine = duty.is_mine(service);
                self.look(service, is_mine, failed_at)
            }));
            let now = self.app.clock.now();
            let failure = match looked {
                Ok(Ok(true)) => {
                    failed_at = None;
                    None
                }
                // Somebody takes one by hand.
                Ok(Ok(false) | Err(BackupError::Busy { .. } | BackupError::Stopped)) => None,
                Ok(Err(error)) => Some(reason_chain(&error)),
                Err(_) => Some("internal error".to_owned()),
            };
            self.monitor.lock().is_running = false;
            if let Some(reason) = failure {
                tracing::warn!(reason, "the backup failed, it is tried again");
                service.record_error(format!("the backup failed: {reason}"));
                self.monitor.set_trouble(TroubleKind::Failed(reason), now);
                failed_at = Some(now);
            }
            if service.signal.pause(LOOK) {
                return;
            }
        }
    }

    /// Takes a backup if it is time, and this process's duty; whether it did.
    fn look(
        &self,
        service: &ServiceHandle,
        is_mine: bool,
        failed_at: Option<Timestamp>,
    ) -> Result<bool, BackupError> {
        let now = self.app.clock.now();
        let interval = self.app.config.backup.interval();
        if failed_at.is_some_and(|at| now.since(at) < interval.min(RETRY)) {
            return Ok(false);
        }
        let Some(manifest) = backup::look(&self.folder)? else {
            if is_mine {
                self.monitor.set_trouble(TroubleKind::Away, now);
            }
            return Ok(false);
        };
        if failed_at.is_none() {
            self.monitor.found(&manifest, now);
        }
        // A clock that was put back does not keep a backup from being taken.
        let is_due = |at: Timestamp| at > now || now.since(at) >= interval;
        if !is_mine || !manifest.taken_at().is_none_or(is_due) {
            return Ok(false);
        }
        self.monitor.lock().is_running = true;
        let mut watch = Watch { stop: &service.signal, progress: &mut |_| () };
        let taken = backup::take(&self.app.store, &self.folder, now, &mut watch)?;
        self.monitor.found(&taken.manifest, now);
        service.complete_one();
        let (files, problems) = (taken.new_files, taken.problems.len());
        tracing::info!(files, bytes = taken.new_bytes, deleted = taken.deleted, problems, "took a backup");
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_lasts_since_it_began_and_until_a_backup_is_taken() {
        let at = Timestamp::from_unix_ms;
        let monitor = BackupMonitor::new(at(0));
        for ms in [1, 2] {
            monitor.set_trouble(TroubleKind::Away, at(ms));
        }
        let since = |monitor: &BackupMonitor| monitor.status().trouble.map(|trouble| trouble.since);
        assert_eq!(since(&monitor), Some(at(1)));
        monitor.set_trouble(TroubleKind::Failed("full".into()), at(3));
        assert_eq!(since(&monitor), Some(at(3)));
        let text = r#"{"format":1,"data_folder":"x","taken_at":"2026-11-30T10:00:00Z","fotota":"0","schema":1,
                       "events":0,"photos":0,"files":0,"bytes":0,"problems":0}"#;
        let mut manifest: Manifest = serde_json::from_str(text).unwrap();
        monitor.found(&manifest, at(4));
        assert_eq!((since(&monitor), monitor.status().taken_at), (None, manifest.taken_at()));
        manifest.problems = 2;
        monitor.found(&manifest, at(5));
        assert_eq!(monitor.status().trouble.unwrap().kind, TroubleKind::Damaged(2));
    }
}
