//! The groups of events whose owners look at them, in memory: ids of faces, no face codes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::EventId;
use crate::search::Groups;
use crate::store::{Reader, StoreError, people};

/// How long one request goes on grouping; the page then asks again.
const SLICE: Duration = Duration::from_millis(400);

type Shared = Arc<Mutex<Groups>>;

/// The groups of each event.
#[derive(Default)]
pub(crate) struct GroupsOfEvents(Mutex<HashMap<EventId, Shared>>);

impl GroupsOfEvents {
    /// Goes on grouping an event's faces for a moment; the groups so far.
    pub(super) fn advance(&self, app: &App, db: &Reader, event: EventId) -> Result<Groups, StoreError> {
        let groups = self.of(db, event)?;
        let mut groups = lock(&groups);
        let started_at = Instant::now();
        groups.advance(db, &app.search, (event, app.pack_id), || started_at.elapsed() < SLICE)?;
        Ok(groups.clone())
    }

    /// The event's groups; drops those of events that have none any more.
    fn of(&self, db: &Reader, event: EventId) -> Result<Shared, StoreError> {
        let held: Vec<EventId> = lock(&self.0).keys().copied().collect();
        for id in held {
            if !people::is_on(db, id)? {
                self.drop_event(id);
            }
        }
        Ok(lock(&self.0).entry(event).or_default().clone())
    }

    /// Call when an event's people are turned off.
    pub(super) fn drop_event(&self, event: EventId) {
        lock(&self.0).remove(&event);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
