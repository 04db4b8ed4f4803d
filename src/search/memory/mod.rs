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
type Shared = Arc<RwLock<EventFaces>>;

/// The events in memory.
pub(super) struct Memory {
    /// Bytes that all events together may take.
    limit: usize,
    events: Mutex<Events>,
}

#[derive(Default)]
struct Events {
    entries: HashMap<Key, Entry>,
    /// Events that a search is reading.
    claimed: HashSet<Key>,
    /// Counts uses.
    clock: u64,
}

struct Entry {
    faces: Shared,
    used_at: u64,
    bytes: usize,
}

/// Whether an event is in memory.
enum Place<'a> {
    Held(Shared),
    /// This search reads it.
    Claimed(Claim<'a>),
    /// Another search is reading it.
    Busy,
}

/// The right to read an event into memory, until dropped.
pub(super) struct Claim<'a> {
    memory: &'a Memory,
    key: Key,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.memory.lock().claimed.remove(&self.key);
    }
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

    /// An event's faces as they are now; `None` if they do not fit, or while another search reads them: that takes as
    /// long as several searches by the index.
    pub(crate) fn faces(&self, db: &Reader, event: EventId, pack: PackId) -> StoreResult<Option<Shared>> {
        let key = (event, pack);
        let faces = match self.place(key) {
            Place::Held(faces) => faces,
            Place::Claimed(claim) => return claim.fill(db),
            Place::Busy => return Ok(None),
        };
        let is_current = faces.read().unwrap_or_else(PoisonError::into_inner).is_current(db, event)?;
        if !is_current {
            let mut faces = faces.write().unwrap_or_else(PoisonError::into_inner);
            // Another search may have updated it meanwhile.
            if !faces.is_current(db, event)? {
                faces.update(db, event, pack)?;
                let bytes = EventFaces::bytes_of(faces.len(), packs::dimensions(db, pack)?);
                drop(faces);
                self.lock().resize(key, bytes, self.limit);
            }
        }
        Ok(Some(faces))
    }

    /// An event's faces as they were when it was last searched, if they are in memory. Does not count as a use.
    pub(crate) fn peek(&self, event: EventId, pack: PackId) -> Option<Shared> {
        self.lock().entries.get(&(event, pack)).map(|entry| entry.faces.clone())
    }

    fn place(&self, key: Key) -> Place<'_> {
        let mut events = self.lock();
        events.clock += 1;
        let now = events.clock;
        if let Some(entry) = events.entries.get_mut(&key) {
            entry.used_at = now;
            return Place::Held(entry.faces.clone());
        }
        let is_free = events.claimed.insert(key);
        drop(events);
        if is_free { Place::Claimed(Claim { memory: self, key }) } else { Place::Busy }
    }

    /// As if a search were reading the event.
    #[cfg(test)]
    pub(super) fn claim(&self, key: Key) -> Claim<'_> {
        self.lock().claimed.insert(key);
        Claim { memory: self, key }
    }

    /// The events in memory, and those that are being read.
    pub(crate) fn held(&self) -> HashSet<Key> {
        let events = self.lock();
        events.entries.keys().chain(&events.claimed).copied().collect()
    }

    /// Bytes that the events take, as computed.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().entries.values().map(|entry| entry.bytes).sum()
    }

    /// Drops an event.
    pub(crate) fn drop_event(&self, event: EventId) {
        let mut events = self.lock();
        events.entries.retain(|(of, _), _| *of != event);
        events.claimed.retain(|(of, _)| *of != event);
    }
}

impl Claim<'_> {
    /// Reads an event into memory, if it fits.
    fn fill(self, db: &Reader) -> StoreResult<Option<Shared>> {
        let (event, pack) = self.key;
        let dimensions = packs::dimensions(db, pack)?;
        if EventFaces::bytes_of(faces::count(db, event, pack)?, dimensions) > self.memory.limit {
            return Ok(None);
        }
        let mut faces = EventFaces::default();
        faces.update(db, event, pack)?;
        let bytes = EventFaces::bytes_of(faces.len(), dimensions);
        let faces = Shared::new(RwLock::new(faces));
        let mut events = self.memory.lock();
        // An event that was dropped meanwhile is searched this once.
        if events.claimed.contains(&self.key) {
            events.entries.insert(self.key, Entry { faces: faces.clone(), used_at: 0, bytes });
            events.resize(self.key, bytes, self.memory.limit);
        }
        drop(events);
        Ok(Some(faces))
    }
}

impl Events {
    /// Notes an event's size and drops the events that were used least recently until the rest fits.
    fn resize(&mut self, of: Key, bytes: usize, limit: usize) {
        self.clock += 1;
        if let Some(entry) = self.entries.get_mut(&of) {
            (entry.bytes, entry.used_at) = (bytes, self.clock);
        }
        while self.entries.values().map(|entry| entry.bytes).sum::<usize>() > limit {
            // An event that has outgrown the limit alone is dropped too, and not filled again.
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            self.entries.remove(&oldest);
        }
    }
}
