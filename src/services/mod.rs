//! The services of a running server: cameras, indexing, hot folders, Drive searches, the janitor, backups, the scrub,
//! samples of how it does, the certificate, the guests' address.

mod backup;
mod janitor;
mod scrub;

use std::sync::Arc;

use crate::app::{App, Service, ServiceHandle, ServiceState, ServiceStatus};
use crate::domain::Timestamp;
use crate::drive;
use crate::ftp;
use crate::health::{self, Samples};
use crate::metrics::Metrics;
use crate::pipeline::{self, IndexEvent};
use crate::store::StoreError;
use crate::tls::Certificates;
use crate::watch;

pub use backup::{BackupMonitor, BackupStatus, BackupTrouble, TroubleKind};
pub use janitor::{ClearMemory, Janitor};

/// Running services. Dropping them stops all and joins them in order.
pub struct Services {
    running: Vec<Service>,
    backups: Option<BackupMonitor>,
    samples: Samples,
}

/// Observes services without owning them. Cheap to clone.
#[derive(Clone, Default)]
pub struct ServiceMonitor {
    services: Arc<[ServiceHandle]>,
    backups: Option<BackupMonitor>,
    samples: Samples,
}

impl Services {
    /// Starts the services: Drive searches only with a client, neither they nor indexing where that is left to
    /// others; cameras only with a listener, the certificate's only
    /// with a certificate, backups only with a folder.
    ///
    /// # Errors
    /// When the data folder cannot be used.
    pub fn start(
        app: &App,
        drive: Option<drive::Client>,
        cameras: Option<ftp::Listener>,
        certificates: Option<&Certificates>,
        clear_memory: Arc<ClearMemory>,
    ) -> Result<Self, StoreError> {
        let work = if app.config.intake.work { start_work(app, drive) } else { Vec::new() };
        let cameras = cameras.map(|listener| ftp::start(app, listener)).transpose()?;
        let samples = Samples::default();
        let watching = health::start(app, samples.clone());
        let always = [watch::start(app), janitor::start(app, clear_memory), scrub::start(app), watching];
        let certificates = certificates.map(Certificates::start);
        let (backup, backups) = backup::start(app).unzip();
        let optional = cameras.into_iter().chain(work).chain(certificates).chain(backup);
        Ok(Self { running: optional.chain(always).collect(), backups, samples })
    }

    /// Starts what `fotota work` does: indexing, and Drive searches with a client.
    #[must_use]
    pub fn of_worker(app: &App, drive: Option<drive::Client>) -> Self {
        Self { running: start_work(app, drive), backups: None, samples: Samples::default() }
    }

    /// Takes over a service that runs already.
    pub fn add(&mut self, service: Service) {
        self.running.push(service);
    }

    /// For the server's status page.
    #[must_use]
    pub fn monitor(&self) -> ServiceMonitor {
        let services = self.running.iter().map(|service| service.handle().clone()).collect();
        ServiceMonitor { services, backups: self.backups.clone(), samples: self.samples.clone() }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        // All at once, so that none waits for another before it stops.
        for service in &self.running {
            service.handle().signal.stop();
        }
    }
}

impl ServiceMonitor {
    /// Makes a service look for work now.
    pub fn wake(&self, name: &str) {
        for service in self.services.iter().filter(|service| service.name() == name) {
            service.signal.wake();
        }
    }

    /// All services, in order.
    #[must_use]
    pub fn status(&self) -> Vec<ServiceStatus> {
        self.services.iter().map(ServiceHandle::status).collect()
    }

    /// The regular backups; `None` if there are none.
    #[must_use]
    pub fn backups(&self) -> Option<BackupStatus> {
        self.backups.as_ref().map(BackupMonitor::status)
    }

    /// The last day of what goes up and down.
    #[must_use]
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Whether a service has died, or failed after `since`.
    #[must_use]
    pub fn has_failed(&self, since: Timestamp) -> bool {
        let failed = |service: ServiceStatus| {
            service.state == ServiceState::Died || service.last_error.is_some_and(|error| error.at >= since)
        };
        self.services.iter().map(ServiceHandle::status).any(failed)
    }
}

fn start_work(app: &App, drive: Option<drive::Client>) -> Vec<Service> {
    let indexing = pipeline::start(app, app.config.intake.worker_count(), {
        let metrics = app.metrics.clone();
        move |event| {
            count(&metrics, &event);
            log(event);
        }
    });
    let drive = drive.map(|client| drive::start(app, client, drive::FIRST_PAUSE));
    drive.into_iter().chain([indexing]).collect()
}

fn count(metrics: &Metrics, event: &IndexEvent) {
    let outcome = match event {
        IndexEvent::Indexed { times, .. } => {
            let stages = times.stages();
            metrics.indexing_seconds.observe(stages.iter().map(|(_, time)| time.as_secs_f64()).sum());
            for (stage, time) in stages {
                metrics.stage_seconds.get_or_create(&[("stage", stage)]).inc_by(time.as_secs_f64());
            }
            return;
        }
        IndexEvent::Retrying { .. } => "retried",
        IndexEvent::Failed { .. } => "given_up",
        IndexEvent::Blocked(_) => return,
    };
    metrics.indexing_failures.get_or_create(&[("outcome", outcome)]).inc();
}

fn log(event: IndexEvent) {
    match event {
        IndexEvent::Indexed { photo_id, faces, .. } => {
            tracing::info!(photo.id = %photo_id, faces, "indexed a photo");
        }
        IndexEvent::Retrying { photo_id, reason } => {
            tracing::warn!(photo.id = %photo_id, reason, "indexing a photo failed, retrying");
        }
        IndexEvent::Failed { photo_id, reason } => {
            tracing::warn!(photo.id = %photo_id, reason, "a photo cannot be indexed");
        }
        IndexEvent::Blocked(error) => {
            tracing::error!(%error, "indexing is blocked");
        }
    }
}
