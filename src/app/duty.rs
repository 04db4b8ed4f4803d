//! What one process at a time does of all that share the rows: deleting what has expired, say. When that process ends,
//! another one takes over.

use std::time::Duration;

use super::service::ServiceHandle;
use crate::domain::reason_chain;
use crate::store::{Guard, Lock, Store};

/// How soon a process that waits sees that the one with the duty has ended.
const LOOK: Duration = Duration::from_secs(5);

/// A duty of a service.
pub struct Duty {
    store: Store,
    lock: Lock,
    guard: Option<Guard>,
}

impl Duty {
    /// Nobody's yet.
    #[must_use]
    pub fn new(store: &Store, lock: Lock) -> Self {
        Self { store: store.clone(), lock, guard: None }
    }

    /// Whether this process has the duty, from now on if nobody has it. The service's status says so. To be asked again
    /// before each part of the work.
    pub fn is_mine(&mut self, service: &ServiceHandle) -> bool {
        if self.guard.as_ref().is_some_and(Guard::is_held) {
            return true;
        }
        // Before the lock is taken again.
        self.guard = None;
        let taken = self.store.lock(self.lock);
        service.set_elsewhere(matches!(taken, Ok(None)));
        match taken {
            Ok(guard) => self.guard = guard,
            // A server that is away will be back.
            Err(error) if error.is_busy() => {}
            Err(error) => service.record_error(reason_chain(&error)),
        }
        self.guard.is_some()
    }

    /// Waits until this process has the duty; `false` if the service is asked to stop.
    pub fn wait(&mut self, service: &ServiceHandle) -> bool {
        while !service.signal.is_stopping() {
            if self.is_mine(service) {
                return true;
            }
            service.signal.pause(LOOK);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::app::{Service, ServiceState};
    use crate::domain::FixedClock;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn another_process_takes_over_when_the_one_with_the_duty_ends() {
        let store = TestStore::new();
        let (says, said) = channel();
        let begin = |name: &'static str, store: &Store| {
            let (store, says) = (store.clone(), says.clone());
            Service::start(name, Arc::new(FixedClock::new(NOW)), 1, move |service| {
                let mut duty = Duty::new(&store, Lock::Janitor);
                if duty.wait(service) {
                    says.send(service.name()).unwrap();
                    while !service.signal.pause(LOOK) {}
                }
            })
        };
        let first = begin("first", &store);
        assert_eq!(said.recv().unwrap(), "first");
        let (other, handle) = (store.open_again(), first.handle().clone());
        let second = begin("second", &other);
        while second.handle().status().state == ServiceState::Running {
            std::thread::yield_now();
        }
        assert_eq!(second.handle().status().state, ServiceState::Elsewhere);
        assert!(said.try_recv().is_err() && handle.status().state == ServiceState::Running);
        drop(first);
        assert_eq!(said.recv().unwrap(), "second");
        assert_eq!(second.handle().status().state, ServiceState::Running);
    }
}
