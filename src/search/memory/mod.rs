//! The faces of events in memory: the vectors that every search reads, with their densities.
//!
//! Derived from the record: filled at an event's first search, brought up to date before each search, whichever process
//! changed it, and dropped when other events need the room.

mod event;
mod vectors;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::domain::EventId;
use crate::store::{PackId, Reader, StoreResult, faces, packs};

pub(super) use event::EventFaces;
pub(super) use vectors::{Probe, Vectors};

type Key = (EventId, PackId);

/// The events in memory.
pub(super) struct Memory {
    /// Bytes that all events together may take.
    limit: usize,
    events: Mutex<Events>,
}

#[derive(Default)]
struct Events {
    entries: HashMap<Key, Entry>,
    /// Counts uses.
    clock: u64,
}

#[derive(Default)]
struct Entry {
    faces: Arc<RwLock<EventFaces>>,
    used_at: u64,
    bytes: usize,
    is_filled: bool,
}

impl Memory {
    /// With room for `limit` bytes.
    #[must_use]
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, events: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Events> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event's faces as they are now; `None` if they do not fit.
    pub(crate) fn faces(
        &self,
        db: &Reader,
        event: EventId,
        pack: PackId,
    ) -> StoreResult<Option<Arc<RwLock<EventFaces>>>> {
        let key = (event, pack);
        let (faces, is_filled) = self.entry(key);
        if !is_filled {
            let bytes = EventFaces::bytes_of(faces::count(db, event, pack)?, packs::dimensions(db, pack)?);
            if bytes > self.limit {
                self.drop_event(event);
                return Ok(None);
            }
        }
        let is_current = faces.read().unwrap_or_else(PoisonError::into_inner).is_current(db, event)?;
        if !is_current {
            let mut faces = faces.write().unwrap_or_else(PoisonError::into_inner);
            // Another search may have updated it meanwhile.
            if !faces.is_current(db, event)? {
                faces.update(db, event, pack)?;
                let bytes = EventFaces::bytes_of(faces.len(), packs::dimensions(db, pack)?);
                drop(faces);
                self.make_room(key, bytes);
            }
        }
        Ok(Some(faces))
    }

    /// The event's entry, and whether its faces have been read.
    fn entry(&self, key: Key) -> (Arc<RwLock<EventFaces>>, bool) {
        let mut events = self.lock();
        events.clock += 1;
        let now = events.clock;
        let entry = events.entries.entry(key).or_default();
        entry.used_at = now;
        (entry.faces.clone(), entry.is_filled)
    }

    /// Drops the events that were used least recently until the rest fits; `of` has just been used.
    fn make_room(&self, of: Key, bytes: usize) {
        let mut events = self.lock();
        events.clock += 1;
        let now = events.clock;
        if let Some(entry) = events.entries.get_mut(&of) {
            (entry.bytes, entry.is_filled, entry.used_at) = (bytes, true, now);
        }
        while events.entries.values().map(|entry| entry.bytes).sum::<usize>() > self.limit {
            // An event that has outgrown the limit alone is dropped too, and not filled again.
            let oldest = events.entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            events.entries.remove(&oldest);
        }
    }

    /// The events in memory.
    pub(crate) fn held(&self) -> HashSet<Key> {
        self.lock().entries.keys().copied().collect()
    }

    /// Drops an event.
    pub(crate) fn drop_event(&self, event: EventId) {
        self.lock().entries.retain(|(of, _), _| *of != event);
    }
}
