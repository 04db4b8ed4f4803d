//! Workers that take jobs from the durable queue until they are told to stop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::index::{IndexError, index};
use super::{Context, Progress};
use crate::domain::{Timestamp, reason_chain};
use crate::signal::StopSignal;
use crate::store::jobs::{self, AfterError, Job};
use crate::store::{StoreError, photos};

/// How long an idle worker waits before it looks for jobs of other processes, and for photos to try again.
const IDLE_WAIT: Duration = Duration::from_millis(500);
/// How long a worker waits when the disk is full.
const BLOCKED_WAIT: Duration = Duration::from_secs(5);

/// Running workers; they end with their present photos when this is dropped.
pub struct Pipeline {
    signal: StopSignal,
    threads: Vec<JoinHandle<()>>,
}

impl Pipeline {
    /// Starts `workers` threads, and gives what they report.
    #[must_use]
    pub fn start(context: &Context, workers: usize) -> (Self, Receiver<Progress>) {
        let signal = StopSignal::default();
        let (sender, receiver) = channel();
        let threads = (0..workers.max(1))
            .map(|_| {
                let (context, signal, sender) = (context.clone(), signal.clone(), sender.clone());
                std::thread::spawn(move || run(&context, &signal, &sender))
            })
            .collect();
        (Self { signal, threads }, receiver)
    }

    /// Tells idle workers that there may be a job.
    pub fn wake(&self) {
        self.signal.wake();
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.signal.stop();
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

fn run(context: &Context, signal: &StopSignal, progress: &Sender<Progress>) {
    while !signal.is_stopping() {
        let (wake_ups, now) = (signal.wake_ups(), context.clock.now());
        let (report, pause) = match next_job(context, now) {
            Ok(Some(job)) => match work(context, &job) {
                Ok(report) => (Some(report), None),
                Err(error) if error.is_busy() => (None, Some(IDLE_WAIT)),
                Err(error) => (Some(Progress::Blocked(error)), Some(BLOCKED_WAIT)),
            },
            Ok(None) => (None, Some(IDLE_WAIT)),
            Err(error) if error.is_busy() => (None, Some(IDLE_WAIT)),
            Err(error) => (Some(Progress::Blocked(error)), Some(BLOCKED_WAIT)),
        };
        if let Some(report) = report {
            // The receiver may be gone; indexing continues.
            progress.send(report).ok();
        }
        if pause.is_some_and(|time| signal.wait(wake_ups, time)) {
            return;
        }
    }
}

/// Looks before it leases, so that idle workers do not keep others from writing.
fn next_job(context: &Context, now: Timestamp) -> Result<Option<Job>, StoreError> {
    if context.store.read(|connection| jobs::any_free(connection, now))? {
        return context.store.write(move |tx| jobs::claim(tx, now));
    }
    Ok(None)
}

/// Does the job and settles it in the queue; an error means that no job can be done for now.
fn work(context: &Context, job: &Job) -> Result<Progress, StoreError> {
    let photo_id = job.photo.id;
    // A picture that makes a decoder panic must not take the worker with it.
    let outcome = catch_unwind(AssertUnwindSafe(|| index(context, &job.photo)));
    if context.store.read(|connection| photos::find(connection, photo_id))?.is_none() {
        // Deleted meanwhile: whatever was written since goes too.
        context.store.blobs().delete_photo(photo_id, job.photo.format)?;
    }
    let reason = match outcome {
        Ok(Ok((faces, times))) => return Ok(Progress::Indexed { photo_id, faces, times }),
        Ok(Err(IndexError::Imaging(error))) => {
            let reason = reason_chain(&error);
            let (job, stored) = (job.clone(), reason.clone());
            context.store.write(move |tx| jobs::give_up(tx, &job, &stored))?;
            return Ok(Progress::Failed { photo_id, reason });
        }
        Ok(Err(IndexError::Store(error @ (StoreError::DiskFull { .. } | StoreError::Closed)))) => {
            let job = job.clone();
            // On a full disk this may fail too; then the lease runs out.
            context.store.write(move |tx| jobs::put_back(tx, &job)).ok();
            return Err(error);
        }
        Ok(Err(error)) => reason_chain(&error),
        Err(_) => "the program failed while it worked on this photo".to_owned(),
    };
    let (job, now, stored) = (job.clone(), context.clock.now(), reason.clone());
    match context.store.write(move |tx| jobs::retry_later(tx, &job, &stored, now))? {
        AfterError::Retried => Ok(Progress::Retrying { photo_id, reason }),
        AfterError::GivenUp => Ok(Progress::Failed { photo_id, reason }),
    }
}
