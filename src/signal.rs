//! Stops and wakes the threads of a background task, and tells work on another thread that nobody waits for it.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// Who waits for work on another thread. When this is dropped, the work is abandoned: long computations notice by
/// [`is_abandoned`].
#[derive(Default)]
pub struct Waiter(Arc<AtomicBool>);

impl Waiter {
    /// For the thread that does the work.
    #[must_use]
    pub fn work(&self) -> AwaitedWork {
        AwaitedWork(self.0.clone())
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Work that a [`Waiter`] waits for.
pub struct AwaitedWork(Arc<AtomicBool>);

thread_local! {
    /// Of the work that this thread does.
    static ABANDONED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

impl AwaitedWork {
    /// Does the work on this thread.
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        let _outer = Restore(ABANDONED.replace(Some(self.0)));
        work()
    }
}

/// Also after a panic: threads are used again.
struct Restore(Option<Arc<AtomicBool>>);

impl Drop for Restore {
    fn drop(&mut self) {
        ABANDONED.set(self.0.take());
    }
}

/// Whether nobody waits any more for what this thread does. Never true of work without a [`Waiter`].
#[must_use]
pub fn is_abandoned() -> bool {
    ABANDONED.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_learns_that_its_waiter_left_and_only_that_work() {
        let waiter = Waiter::default();
        let (before, after) = waiter.work().run(|| {
            let before = is_abandoned();
            drop(waiter);
            (before, is_abandoned())
        });
        assert!(!before && after && !is_abandoned());
        let gone = Waiter::default().work();
        assert!(std::panic::catch_unwind(|| gone.run(|| panic!("simulated bug"))).is_err());
        assert!(!is_abandoned());
    }

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
