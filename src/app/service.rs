//! A background task: one or more threads with one stop signal, a count of completed work and the last error.
//!
//! Invariant: after a [`Service`] is dropped its threads have ended, unless one exceeded the stop timeout.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::domain::{Clock, Timestamp};
use crate::signal::StopSignal;

/// Owns a service's threads. Dropping it stops and joins them.
pub struct Service {
    handle: ServiceHandle,
    threads: Vec<JoinHandle<()>>,
    stop_timeout: Option<Duration>,
}

/// What a service's threads and its observers share. All clones are the same.
#[derive(Clone)]
pub struct ServiceHandle {
    name: &'static str,
    /// Stops and wakes the threads.
    pub signal: StopSignal,
    /// Set when the last thread ends: a join has no timeout.
    ended: StopSignal,
    clock: Arc<dyn Clock>,
    health: Arc<Mutex<Health>>,
}

#[derive(Default)]
struct Health {
    threads: usize,
    panicked: bool,
    is_elsewhere: bool,
    completed: u64,
    last_error: Option<ServiceError>,
}

/// A service at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceStatus {
    /// For people.
    pub name: &'static str,
    /// Whether it works.
    pub state: ServiceState,
    /// Photos, searches or clean-ups completed since the start.
    pub completed: u64,
    /// The last failure, which may have passed.
    pub last_error: Option<ServiceError>,
}

/// Whether a service works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// All threads run.
    Running,
    /// Another process does its work; this one waits for that to end.
    Elsewhere,
    /// All threads have ended as requested.
    Stopped,
    /// A thread panicked.
    Died,
}

/// A failure of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// When it happened.
    pub at: Timestamp,
    /// For the person who runs the server.
    pub message: String,
}

impl Service {
    /// Starts `threads` threads that run `work` until the handle's signal stops them.
    pub fn start(
        name: &'static str,
        clock: Arc<dyn Clock>,
        threads: usize,
        work: impl Fn(&ServiceHandle) + Clone + Send + 'static,
    ) -> Self {
        let health = Arc::new(Mutex::new(Health { threads, ..Health::default() }));
        let (signal, ended) = (StopSignal::default(), StopSignal::default());
        let handle = ServiceHandle { name, signal, ended, clock, health };
        let threads = (0..threads)
            .map(|_| {
                let (handle, work) = (handle.clone(), work.clone());
                std::thread::spawn(move || {
                    let guard = ThreadGuard(handle);
                    // Dropped before the guard: an ended thread holds no store.
                    let work = work;
                    work(&guard.0);
                })
            })
            .collect();
        Self { handle, threads, stop_timeout: None }
    }

    /// Dropping waits at most this long.
    #[must_use]
    pub fn with_stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = Some(timeout);
        self
    }

    /// For observers.
    #[must_use]
    pub fn handle(&self) -> &ServiceHandle {
        &self.handle
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.handle.signal.stop();
        if self.stop_timeout.is_none_or(|timeout| self.handle.ended.pause(timeout)) {
            for thread in self.threads.drain(..) {
                thread.join().ok();
            }
        }
    }
}

impl ServiceHandle {
    /// The service's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Counts a completed unit of work.
    pub fn complete_one(&self) {
        self.health().completed += 1;
    }

    /// Keeps the error for [`ServiceHandle::status`].
    pub fn record_error(&self, message: String) {
        let at = self.clock.now();
        self.health().last_error = Some(ServiceError { at, message });
    }

    /// Says whether another process does the work.
    pub(super) fn set_elsewhere(&self, is_elsewhere: bool) {
        self.health().is_elsewhere = is_elsewhere;
    }

    /// The service at this moment.
    #[must_use]
    pub fn status(&self) -> ServiceStatus {
        let health = self.health();
        let state = match health.threads {
            _ if health.panicked => ServiceState::Died,
            0 => ServiceState::Stopped,
            _ if health.is_elsewhere => ServiceState::Elsewhere,
            _ => ServiceState::Running,
        };
        let last_error = health.last_error.clone();
        ServiceStatus { name: self.name, state, completed: health.completed, last_error }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records the end of a thread, also by a panic.
struct ThreadGuard(ServiceHandle);

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.record_error("the service stopped because of an internal error".to_owned());
            self.0.health().panicked = true;
        }
        let remaining = {
            let mut health = self.0.health();
            health.threads -= 1;
            health.threads
        };
        if remaining == 0 {
            self.0.ended.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FixedClock;

    const NOW: Timestamp = Timestamp::from_unix_ms(7);

    fn start(threads: usize, work: impl Fn(&ServiceHandle) + Clone + Send + 'static) -> Service {
        Service::start("test", Arc::new(FixedClock::new(NOW)), threads, work)
    }

    #[test]
    fn dropping_a_service_stops_all_threads() {
        let service = start(3, |handle| {
            handle.complete_one();
            while !handle.signal.pause(Duration::from_hours(1)) {}
        });
        let handle = service.handle().clone();
        assert_eq!(handle.status().state, ServiceState::Running);
        drop(service);
        let status = handle.status();
        assert_eq!((status.state, status.completed, status.last_error), (ServiceState::Stopped, 3, None));
    }

    #[test]
    fn a_panic_is_the_last_error() {
        let service = start(1, |_| panic!("simulated bug"));
        let handle = service.handle().clone();
        drop(service);
        let status = handle.status();
        assert_eq!(status.state, ServiceState::Died);
        assert_eq!(status.last_error.map(|error| error.at), Some(NOW));
    }

    #[test]
    fn a_hanging_thread_is_left_behind_after_the_timeout() {
        let hang = StopSignal::default();
        let service = start(1, {
            let hang = hang.clone();
            move |_| while !hang.pause(Duration::from_hours(1)) {}
        });
        let handle = service.handle().clone();
        drop(service.with_stop_timeout(Duration::ZERO));
        assert_eq!(handle.status().state, ServiceState::Running);
        hang.stop();
    }
}
