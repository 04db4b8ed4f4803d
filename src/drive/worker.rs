//! The thread that does users' searches of Drive folders, one after the other, until it is told to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::api::Client;
use super::job::Search;
use super::patience::{Ending, Patience};
use crate::domain::{DriveStatus, Timestamp, reason_chain};
use crate::pipeline::Context;
use crate::store::StoreError;
use crate::store::drive::queue::{self, Job};
use crate::store::drive::sweep;

/// A pause to begin with, before a request is tried again.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How long an idle worker waits before it looks for searches that were put back.
const IDLE_WAIT: Duration = Duration::from_secs(5);
/// How often old searches and folders are looked for.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// How long the end of the program waits for a download. What is cut off is downloaded again.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// A search that met trouble with this computer's disk or database waits for so long.
const TROUBLE_PAUSE: Duration = Duration::from_mins(5);
const TROUBLE: &str = "the server has trouble with its disk; the search goes on by itself";

/// How searches are done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Cosine similarity from which on two faces are taken for the same person, inclusive.
    pub match_threshold: f32,
    /// How long results are kept, and folders that nobody searches.
    pub keep: Duration,
    /// Before a request is tried again; doubled each time. See [`FIRST_PAUSE`].
    pub first_pause: Duration,
}

/// The running thread; it ends with the present step when this is dropped.
pub struct Worker {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
pub(super) struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    woken: bool,
    ended: bool,
}

impl Signal {
    pub(super) fn is_stopping(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping
    }

    pub(super) fn stop(&self) {
        self.change(|state| state.stopping = true);
    }

    /// Waits for `time`, whoever wakes; true when the worker is to stop.
    pub(super) fn pause(&self, time: Duration) -> bool {
        self.wait(time, |state| state.stopping).stopping
    }

    /// Waits until woken or `time` is over.
    fn idle(&self, time: Duration) {
        drop(self.wait(time, |state| state.stopping || state.woken));
        self.change(|state| state.woken = false);
    }

    fn wait(&self, time: Duration, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, time, |state| !until(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl Worker {
    /// Starts the thread, which goes on with the searches it finds.
    #[must_use]
    pub fn start(context: &Context, client: Client, settings: Settings) -> Self {
        let signal = Arc::new(Signal::default());
        let thread = std::thread::spawn({
            let (context, signal) = (context.clone(), signal.clone());
            move || {
                run(&context, &signal, &client, settings);
                drop(context);
                signal.change(|state| state.ended = true);
            }
        });
        Self { signal, thread: Some(thread) }
    }

    /// Tells the thread that there may be a search.
    pub fn wake(&self) {
        self.signal.change(|state| state.woken = true);
    }

    /// Tells the thread to end, and does not wait for it.
    pub fn stop(&self) {
        self.signal.stop();
    }
}

/// Waits for the thread, unless it hangs in a download: nothing that is done can be lost by that.
impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
        let ended = self.signal.wait(STOP_WAIT, |state| state.ended).ended;
        if let Some(thread) = self.thread.take().filter(|thread| ended || thread.is_finished()) {
            thread.join().ok();
        }
    }
}

fn run(context: &Context, signal: &Signal, client: &Client, settings: Settings) {
    let mut next_sweep = Timestamp::from_unix_ms(i64::MIN);
    while !signal.is_stopping() {
        let now = context.clock.now();
        let step = if now >= next_sweep {
            next_sweep = now.plus(SWEEP_EVERY);
            forget_old(context, now, settings.keep).map(|()| true)
        } else {
            step(context, signal, client, settings, now)
        };
        match step {
            Ok(true) => {}
            Ok(false) => signal.idle(IDLE_WAIT),
            Err(error) => {
                if !error.is_busy() {
                    tracing::error!(error = %reason_chain(&error), "no Drive folder can be searched");
                }
                signal.pause(IDLE_WAIT);
            }
        }
    }
}

fn forget_old(context: &Context, now: Timestamp, keep: Duration) -> Result<(), StoreError> {
    let keep_ms = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    let oldest = Timestamp::from_unix_ms(now.unix_ms().saturating_sub(keep_ms));
    context.store.write(move |tx| sweep(tx, oldest))?;
    context.store.purge_blobs()
}

/// Works on the next search; `false` when there is none.
pub(super) fn step(
    context: &Context,
    signal: &Signal,
    client: &Client,
    settings: Settings,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Looks before it leases, so that an idle worker does not keep others from writing.
    if !context.store.read(|connection| queue::any_free(connection, now))? {
        return Ok(false);
    }
    let Some(job) = context.store.write(move |tx| queue::claim(tx, now))? else { return Ok(false) };
    let patience = Patience { context, signal, search_id: job.search_id, first_pause: settings.first_pause };
    let ending = Search { context, client, settings, patience, job: &job }.run();
    settle(context, &job, ending).map(|()| true)
}

/// Tells the user and the queue what became of a search.
fn settle(context: &Context, job: &Job, ending: Result<(), Ending>) -> Result<(), StoreError> {
    let (id, now) = (job.search_id, context.clock.now());
    match ending {
        Ok(()) => tracing::info!(search.id = %id, "a Drive folder was searched"),
        Err(Ending::Gone) => tracing::info!(search.id = %id, "a search was deleted while it ran"),
        Err(Ending::Stopping) => context.store.write(move |tx| queue::release(tx, id))?,
        Err(Ending::Later { pause, message }) => {
            tracing::warn!(search.id = %id, pause_s = pause.as_secs(), "a search waits for Google Drive");
            context.store.write(move |tx| queue::put_back(tx, id, now.plus(pause), message))?;
        }
        Err(Ending::Failed { message }) => {
            tracing::warn!(search.id = %id, "a search failed");
            context.store.write(move |tx| queue::end(tx, id, DriveStatus::Failed, &message, now))?;
        }
        Err(Ending::Store(error)) => {
            // After a while, so that the other searches get their turn; where this fails too, the lease runs out.
            let free_at = now.plus(TROUBLE_PAUSE);
            context.store.write(move |tx| queue::put_back(tx, id, free_at, TROUBLE)).ok();
            return Err(error);
        }
    }
    Ok(())
}
