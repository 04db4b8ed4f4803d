//! The groups of events whose owners look at them, in memory: ids of faces, no face codes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::domain::{EventId, FaceId};
use crate::search::Groups;
use crate::store::{Reader, StoreError, people};

/// How long one request goes on grouping; the page then asks again.
const SLICE: Duration = Duration::from_millis(400);

type Shared = Arc<Mutex<Groups>>;

/// The groups of each event.
#[derive(Default)]
pub(crate) struct GroupsOfEvents(Mutex<HashMap<EventId, Shared>>);

impl GroupsOfEvents {
    /// Goes on grouping an event's faces for a moment, and hands over the groups so far.
    pub(super) fn advance<T>(
        &self,
        app: &App,
        db: &Reader,
        event: EventId,
        read: impl FnOnce(&Groups) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let groups = self.of(db, event)?;
        let mut groups = lock(&groups);
        let started_at = Instant::now();
        groups.advance(db, &app.search, (event, app.pack_id), || started_at.elapsed() < SLICE)?;
        read(&groups)
    }

    /// The event's groups; drops those of events that have none any more.
    fn of(&self, db: &Reader, event: EventId) -> Result<Shared, StoreError> {
        let mut events = lock(&self.0);
        let mut known = HashMap::new();
        for (id, groups) in events.drain() {
            if people::is_on(db, id)? {
                known.insert(id, groups);
            }
        }
        *events = known;
        Ok(events.entry(event).or_default().clone())
    }

    /// The other faces in the group of a face, as far as they are grouped.
    pub(super) fn others(&self, event: EventId, face: FaceId) -> Vec<FaceId> {
        let groups = lock(&self.0).get(&event).cloned();
        groups.map_or_else(Vec::new, |groups| lock(&groups).others(face))
    }

    /// Call when an event's people are turned off.
    pub(super) fn drop_event(&self, event: EventId) {
        lock(&self.0).remove(&event);
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
