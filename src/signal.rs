//! Stops and wakes the threads of a background task.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A request to stop, and wake-ups for idle threads. All clones are the same signal.
#[derive(Clone, Default)]
pub struct StopSignal {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    wake_ups: u64,
}

impl StopSignal {
    /// Asks the threads to stop. Does not wait for them.
    pub fn stop(&self) {
        self.lock().stopping = true;
        self.shared.changed.notify_all();
    }

    /// Whether [`StopSignal::stop`] was called.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Ends the wait of every idle thread.
    pub fn wake(&self) {
        self.lock().wake_ups += 1;
        self.shared.changed.notify_all();
    }

    /// Number of wake-ups so far. Take it before looking for work, and pass it to [`StopSignal::wait`].
    #[must_use]
    pub fn wake_ups(&self) -> u64 {
        self.lock().wake_ups
    }

    /// Waits up to `timeout` for a stop, or for a wake-up after the first `seen`. Returns whether to stop.
    #[expect(clippy::must_use_candidate, reason = "loops check `is_stopping` anyway")]
    pub fn wait(&self, seen: u64, timeout: Duration) -> bool {
        self.wait_until(timeout, |state| state.stopping || state.wake_ups != seen)
    }

    /// Waits up to `timeout` for a stop; wake-ups do not end it. Returns whether to stop.
    #[expect(clippy::must_use_candidate, reason = "as for `wait`")]
    pub fn pause(&self, timeout: Duration) -> bool {
        self.wait_until(timeout, |state| state.stopping)
    }

    fn wait_until(&self, timeout: Duration, done: impl Fn(&State) -> bool) -> bool {
        let waited = self.shared.changed.wait_timeout_while(self.lock(), timeout, |state| !done(state));
        waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test: a wait that does not end early is noticed.
    const LONG: Duration = Duration::from_hours(1);

    #[test]
    fn a_wake_up_before_the_wait_is_not_lost() {
        let signal = StopSignal::default();
        let seen = signal.wake_ups();
        signal.clone().wake();
        assert!(!signal.wait(seen, LONG));
        assert!(!signal.wait(signal.wake_ups(), Duration::ZERO));
    }

    #[test]
    fn a_wake_up_reaches_every_waiting_thread() {
        let signal = StopSignal::default();
        let seen = signal.wake_ups();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| signal.wait(seen, LONG))).collect();
            signal.wake();
            for thread in threads {
                assert!(!thread.join().unwrap());
            }
        });
    }

    #[test]
    fn a_stop_ends_waits_and_pauses() {
        let signal = StopSignal::default();
        assert!(!signal.is_stopping() && !signal.pause(Duration::ZERO));
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| signal.pause(LONG));
            signal.wake();
            signal.stop();
            assert!(thread.join().unwrap());
        });
        assert!(signal.is_stopping() && signal.wait(signal.wake_ups(), LONG) && signal.pause(LONG));
    }
}
