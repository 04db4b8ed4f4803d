//! The service that runs users' searches of Drive folders, one at a time, until it is stopped.

use std::time::Duration;

use super::api::Client;
use super::job::Search;
use super::retry::{Interruption, RetryPolicy};
use crate::app::{App, Service, ServiceHandle};
use crate::domain::{DriveStatus, Timestamp, reason_chain};
use crate::signal::StopSignal;
use crate::store::StoreError;
use crate::store::drive::queue::{self, Job};

/// The service's name.
pub const SERVICE: &str = "Drive searches";

/// How long an idle worker waits before it looks for postponed searches.
const IDLE_WAIT: Duration = Duration::from_secs(5);
/// How long shutdown waits for a download. An interrupted download starts over.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// How long a search is postponed after a disk or database error of this server.
const STORE_ERROR_POSTPONE: Duration = Duration::from_mins(5);
const STORE_ERROR: &str = "the server has a problem with its disk; the search continues automatically";

/// Starts the service, which continues unfinished searches.
#[must_use]
pub fn start(app: &App, client: Client, first_pause: Duration) -> Service {
    let (app, clock) = (app.clone(), app.clock.clone());
    let service = Service::start(SERVICE, clock, 1, move |service| {
        run(&app, service, &client, first_pause);
    });
    service.with_stop_timeout(STOP_WAIT)
}

fn run(app: &App, service: &ServiceHandle, client: &Client, first_pause: Duration) {
    let signal = &service.signal;
    while !signal.is_stopping() {
        let (wake_ups, now) = (signal.wake_ups(), app.clock.now());
        match step(app, signal, client, first_pause, now) {
            Ok(true) => service.complete_one(),
            Ok(false) => {
                signal.wait(wake_ups, IDLE_WAIT);
            }
            Err(error) => {
                if !error.is_busy() {
                    let reason = reason_chain(&error);
                    tracing::error!(error = %reason, "cannot search Drive folders");
                    service.record_error(reason);
                }
                signal.pause(IDLE_WAIT);
            }
        }
    }
}

/// Runs the next search. Returns `false` if there is none.
pub(super) fn step(
    app: &App,
    signal: &StopSignal,
    client: &Client,
    first_pause: Duration,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Read before claiming, so that an idle worker does not block other writers.
    if !app.store.read(|connection| queue::any_free(connection, now))? {
        return Ok(false);
    }
    let Some(job) = app.store.write(move |tx| queue::claim(tx, now))? else { return Ok(false) };
    let retry = RetryPolicy { app, signal, search_id: job.search_id, first_pause };
    let outcome = Search { app, client, retry, job: &job }.run();
    settle(app, &job, outcome).map(|()| true)
}

/// Updates the search's status in the queue, which is also what its user sees.
fn settle(app: &App, job: &Job, outcome: Result<(), Interruption>) -> Result<(), StoreError> {
    let (id, now) = (job.search_id, app.clock.now());
    match outcome {
        Ok(()) => tracing::info!(search.id = %id, "completed a search of a Drive folder"),
        Err(Interruption::Deleted) => tracing::info!(search.id = %id, "a search was deleted while it ran"),
        Err(Interruption::Stopping) => app.store.write(move |tx| queue::release(tx, id))?,
        Err(Interruption::Postponed { pause, message }) => {
            tracing::warn!(search.id = %id, pause_s = pause.as_secs(), "postponed a search of a Drive folder");
            app.store.write(move |tx| queue::put_back(tx, id, now.plus(pause), message))?;
        }
        Err(Interruption::Failed { message }) => {
            tracing::warn!(search.id = %id, "a search of a Drive folder failed");
            app.store.write(move |tx| queue::end(tx, id, DriveStatus::Failed, &message, now))?;
        }
        Err(Interruption::Store(error)) => {
            // Postponed, so that other searches run first. If this fails too, the lease expires.
            let free_at = now.plus(STORE_ERROR_POSTPONE);
            app.store.write(move |tx| queue::put_back(tx, id, free_at, STORE_ERROR)).ok();
            return Err(error);
        }
    }
    Ok(())
}
