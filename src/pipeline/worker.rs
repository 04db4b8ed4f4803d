//! Worker threads: each leases a job from the durable queue, indexes the photo and settles the job, until stopped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::IndexEvent;
use super::index::{IndexError, Indexed, index};
use crate::app::{App, Service, ServiceHandle};
use crate::domain::{Photo, PhotoState, Timestamp, reason_chain};
use crate::store::indexing::{self, AfterError, Job, RENEWAL};
use crate::store::{BlobKey, StoreError, jobs, photos, versions};

/// How long an idle worker waits before it looks for jobs of other processes, and for retries.
const IDLE_WAIT: Duration = Duration::from_millis(500);
/// How long a worker waits when the disk is full or the database fails.
const BLOCKED_WAIT: Duration = Duration::from_secs(5);

/// Starts indexing with `workers` threads, of new photos and of those that another pack has indexed. Stopping it waits
/// for the photos being indexed.
pub fn start(app: &App, workers: usize, observe: impl Fn(IndexEvent) + Clone + Send + 'static) -> Service {
    let pack = app.pack_id;
    match app.store.write(move |db| indexing::switch_pack(db, pack)) {
        Ok(0) => {}
        Ok(photos) => tracing::info!(photos, "photos will be indexed again with another model pack"),
        // Those photos wait for the next start.
        Err(error) => observe(IndexEvent::Blocked(error)),
    }
    let (app, clock) = (app.clone(), app.clock.clone());
    Service::start("indexing", clock, workers.max(1), move |service| run(&app, service, &observe))
}

fn run(app: &App, service: &ServiceHandle, observe: &impl Fn(IndexEvent)) {
    let signal = &service.signal;
    while !signal.is_stopping() {
        let (wake_ups, now) = (signal.wake_ups(), app.clock.now());
        let step = next_job(app, now).and_then(|job| job.map(|job| work(app, &job)).transpose());
        let pause = match step {
            Ok(Some(event)) => {
                if matches!(event, Some(IndexEvent::Indexed { .. })) {
                    service.complete_one();
                }
                event.map(observe);
                continue;
            }
            Ok(None) => IDLE_WAIT,
            Err(error) if error.is_busy() => IDLE_WAIT,
            Err(error) => {
                service.record_error(reason_chain(&error));
                observe(IndexEvent::Blocked(error));
                BLOCKED_WAIT
            }
        };
        signal.wait(wake_ups, pause);
    }
}

/// Reads before leasing, so that idle workers do not block other writers.
fn next_job(app: &App, now: Timestamp) -> Result<Option<Job>, StoreError> {
    let pack = app.pack_id;
    if app.store.read(|db| jobs::any_free(db, pack, now))? {
        return app.store.claim(move |db| indexing::claim(db, pack, now));
    }
    Ok(None)
}

/// Indexes a photo and settles its job; `None` if somebody else has done so, or the photo is gone. An error means that
/// no photo can be indexed at the moment.
fn work(app: &App, job: &Job) -> Result<Option<IndexEvent>, StoreError> {
    let photo_id = job.photo.id;
    let outcome = with_lease(app, job, || index(app, job));
    if is_deleted(app, &job.photo, &outcome)? {
        // Written since the deletion. What has become a version or the raw file of another photo stays.
        let (blobs, file_id) = (app.store.blobs(), job.photo.file_id);
        if app.store.read(|db| photos::is_companion(db, file_id))? {
            blobs.delete_durably(&[BlobKey::Preview(file_id), BlobKey::Thumbnail(file_id)])?;
        } else if !app.store.read(|db| versions::is_version(db, file_id))? {
            blobs.delete_photo(file_id, job.photo.format)?;
        }
    }
    let reason = match outcome {
        Ok(Ok(Indexed { is_published: false, .. })) => return Ok(None),
        Ok(Ok(Indexed { faces, times, .. })) => {
            return Ok(Some(IndexEvent::Indexed { photo_id, faces, times }));
        }
        Ok(Err(IndexError::Imaging(error))) => {
            let reason = with_outcome(reason_chain(&error), job);
            let (job, stored) = (job.clone(), reason.clone());
            app.store.write(move |db| indexing::give_up(db, &job, &stored))?;
            return Ok(Some(IndexEvent::Failed { photo_id, reason }));
        }
        Ok(Err(IndexError::Store(error))) if says_nothing_of_the_photo(&error) => {
            let job = job.clone();
            // On a full disk, or while the database is away, this may fail too; then the lease expires.
            app.store.write(move |db| indexing::put_back(db, &job)).ok();
            return Err(error);
        }
        Ok(Err(error)) => reason_chain(&error),
        Err(_) => "internal error while indexing this photo".to_owned(),
    };
    let reason = with_outcome(reason, job);
    let (job, now, stored) = (job.clone(), app.clock.now(), reason.clone());
    match app.store.write(move |db| indexing::retry_later(db, &job, &stored, now))? {
        AfterError::Retried => Ok(Some(IndexEvent::Retrying { photo_id, reason })),
        AfterError::GivenUp => Ok(Some(IndexEvent::Failed { photo_id, reason })),
    }
}

/// What no photo can be indexed with at the moment: it counts as no attempt.
fn says_nothing_of_the_photo(error: &StoreError) -> bool {
    matches!(error, StoreError::DiskFull { .. } | StoreError::Closed) || error.is_busy()
}

/// Renews the job's lease while `work` runs. A picture that makes a decoder panic must not end the worker.
fn with_lease<T>(app: &App, job: &Job, work: impl FnOnce() -> T) -> thread::Result<T> {
    let (running, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while ended.recv_timeout(RENEWAL) == Err(mpsc::RecvTimeoutError::Timeout) {
                let (job, now) = (job.clone(), app.clock.now());
                // If it fails, the worst is that another worker does the same.
                app.store.write(move |db| indexing::renew(db, &job, now)).ok();
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(work));
        drop(running);
        outcome
    })
}

/// For the log: only a new photo's reason is stored.
fn with_outcome(reason: String, job: &Job) -> String {
    match job.photo.state {
        PhotoState::Indexed => format!("{reason}; it keeps the faces of its former pack"),
        _ => reason,
    }
}

type Outcome = thread::Result<Result<Indexed, IndexError>>;

fn is_deleted(app: &App, photo: &Photo, outcome: &Outcome) -> Result<bool, StoreError> {
    match outcome {
        Ok(Ok(Indexed { is_published: true, .. })) => Ok(false),
        _ => Ok(app.store.read(|db| photos::find(db, photo.id))?.is_none()),
    }
}
