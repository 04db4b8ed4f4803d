//! The thread that runs users' searches of Drive folders, one at a time, until it is stopped.

use std::thread::JoinHandle;
use std::time::Duration;

use super::SearchSettings;
use super::api::Client;
use super::job::Search;
use super::retry::{Interruption, RetryPolicy};
use crate::domain::{DriveStatus, Timestamp, reason_chain};
use crate::pipeline::Context;
use crate::signal::StopSignal;
use crate::store::StoreError;
use crate::store::drive::queue::{self, Job};
use crate::store::drive::sweep;

/// How long an idle worker waits before it looks for postponed searches.
const IDLE_WAIT: Duration = Duration::from_secs(5);
/// How often old searches and folders are deleted.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How long shutdown waits for a download. An interrupted download starts over.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// How long a search is postponed after a disk or database error of this server.
const STORE_ERROR_POSTPONE: Duration = Duration::from_mins(5);
const STORE_ERROR: &str = "the server has a problem with its disk; the search continues automatically";

/// The running thread. Dropping it stops the thread after its current step.
pub struct Worker {
    signal: StopSignal,
    /// Set by the thread when it ends: a join has no timeout.
    ended: StopSignal,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread, which continues unfinished searches.
    #[must_use]
    pub fn start(context: &Context, client: Client, settings: SearchSettings) -> Self {
        let (signal, ended) = (StopSignal::default(), StopSignal::default());
        let thread = std::thread::spawn({
            let (context, signal, ended) = (context.clone(), signal.clone(), ended.clone());
            move || {
                run(&context, &signal, &client, settings);
                drop(context);
                ended.stop();
            }
        });
        Self { signal, ended, thread: Some(thread) }
    }

    /// Makes the thread look for a new search.
    pub fn wake(&self) {
        self.signal.wake();
    }

    /// Asks the thread to stop, without waiting for it.
    pub fn stop(&self) {
        self.signal.stop();
    }
}

/// Waits for the thread unless it hangs in a download: everything it finished is stored.
impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
        let ended = self.ended.pause(STOP_WAIT);
        if let Some(thread) = self.thread.take().filter(|thread| ended || thread.is_finished()) {
            thread.join().ok();
        }
    }
}

fn run(context: &Context, signal: &StopSignal, client: &Client, settings: SearchSettings) {
    let mut next_sweep = Timestamp::from_unix_ms(i64::MIN);
    while !signal.is_stopping() {
        let (wake_ups, now) = (signal.wake_ups(), context.clock.now());
        let step = if now >= next_sweep {
            next_sweep = now.plus(SWEEP_EVERY);
            delete_old(context, now.minus(settings.keep)).map(|()| true)
        } else {
            step(context, signal, client, settings, now)
        };
        match step {
            Ok(true) => {}
            Ok(false) => {
                signal.wait(wake_ups, IDLE_WAIT);
            }
            Err(error) => {
                if !error.is_busy() {
                    tracing::error!(error = %reason_chain(&error), "cannot search Drive folders");
                }
                signal.pause(IDLE_WAIT);
            }
        }
    }
}

fn delete_old(context: &Context, oldest: Timestamp) -> Result<(), StoreError> {
    context.store.write(move |tx| sweep(tx, oldest))?;
    context.store.purge_blobs()
}

/// Runs the next search. Returns `false` if there is none.
pub(super) fn step(
    context: &Context,
    signal: &StopSignal,
    client: &Client,
    settings: SearchSettings,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Read before claiming, so that an idle worker does not block other writers.
    if !context.store.read(|connection| queue::any_free(connection, now))? {
        return Ok(false);
    }
    let Some(job) = context.store.write(move |tx| queue::claim(tx, now))? else { return Ok(false) };
    let retry = RetryPolicy { context, signal, search_id: job.search_id, first_pause: settings.first_pause };
    let outcome = Search { context, client, settings, retry, job: &job }.run();
    settle(context, &job, outcome).map(|()| true)
}

/// Updates the search's status in the queue, which is also what its user sees.
fn settle(context: &Context, job: &Job, outcome: Result<(), Interruption>) -> Result<(), StoreError> {
    let (id, now) = (job.search_id, context.clock.now());
    match outcome {
        Ok(()) => tracing::info!(search.id = %id, "completed a search of a Drive folder"),
        Err(Interruption::Deleted) => tracing::info!(search.id = %id, "a search was deleted while it ran"),
        Err(Interruption::Stopping) => context.store.write(move |tx| queue::release(tx, id))?,
        Err(Interruption::Postponed { pause, message }) => {
            tracing::warn!(search.id = %id, pause_s = pause.as_secs(), "postponed a search of a Drive folder");
            context.store.write(move |tx| queue::put_back(tx, id, now.plus(pause), message))?;
        }
        Err(Interruption::Failed { message }) => {
            tracing::warn!(search.id = %id, "a search of a Drive folder failed");
            context.store.write(move |tx| queue::end(tx, id, DriveStatus::Failed, &message, now))?;
        }
        Err(Interruption::Store(error)) => {
            // Postponed, so that other searches run first. If this fails too, the lease expires.
            let free_at = now.plus(STORE_ERROR_POSTPONE);
            context.store.write(move |tx| queue::put_back(tx, id, free_at, STORE_ERROR)).ok();
            return Err(error);
        }
    }
    Ok(())
}
