//! Active faces: embeddings of guests whose page is open, kept in memory only, so that new photos of them are found.
//! One ends when the guest deletes it, an hour after the page's last request, a day after the selfie, with the event,
//! and when the program ends. While a guest searches with a face tapped in a photo, their own is kept beside it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{Digest, EventId, PhotoId, Timestamp};
use crate::search::{Match, Person, Rule};
use crate::web::access::guest_session::GuestAccess;
use crate::web::guest::live::ArrivedPhoto;
use crate::web::guest::people::{self, Mode, People, Sighting};

/// From the selfie on, whatever the page does.
pub(crate) const MAX_AGE: Duration = Duration::from_hours(24);
/// After the page's last request: phones sleep, and leave the Wi-Fi for a while.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_hours(1);
/// No search takes longer.
const MAX_SEARCH_TIME: Duration = Duration::from_mins(30);
/// More guests at once than any venue has. Each takes about six kilobytes, 22 with five selfies; a tapped face beside
/// them takes six more, and the codes of a former pack as many again.
const MAX_FACES: usize = 20_000;

/// A guest's face, those of several people of a selfie, or one tapped in a photo, and what is known of the event's
/// photos.
pub(crate) struct ActiveFace {
    pub(crate) people: People,
    known: Mutex<Known>,
}

/// By the last search, and of the photos that have arrived since.
pub(crate) struct Known {
    /// In the order of [`People::each`].
    each: Vec<Person>,
    /// Photos that were found, sure or not.
    photos: HashSet<PhotoId>,
}

impl ActiveFace {
    pub(crate) fn new(people: People, known: Known) -> Self {
        Self { people, known: Mutex::new(known) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_tapped(&self) -> bool {
        self.people.tapped().is_some()
    }

    /// Takes over what a new search found. Photos that arrived during it stay.
    pub(crate) fn update(&self, found: Known) {
        let mut known = self.known();
        known.each = found.each;
        known.photos.extend(found.photos);
    }

    /// The photos that were found.
    fn photos(&self) -> HashSet<PhotoId> {
        self.known().photos.clone()
    }

    /// The guest's face in a photo that has arrived, if the photo counts as found.
    pub(crate) fn find_in(&self, rule: &Rule, photo: &ArrivedPhoto) -> Option<Sighting> {
        let mut known = self.known();
        let seen = known.each.iter().map(|person| {
            let faces = photo.faces.iter();
            let seen = faces.map(|(bounds, face)| Some((*bounds, person.judge(rule, face)?)));
            people::judge(Mode::Any, &seen.collect::<Vec<_>>())
        });
        let found = people::judge(self.people.mode(), &seen.collect::<Vec<_>>())?;
        known.photos.insert(photo.photo.id);
        Some(found)
    }
}

impl Known {
    pub(crate) fn new(each: Vec<Person>, matches: &[Match]) -> Self {
        Self { each, photos: matches.iter().map(|found| found.photo.id).collect() }
    }
}

/// By the guest's session.
pub(crate) struct ActiveFaces {
    entries: Mutex<HashMap<Digest, Entry>>,
    /// When taps ended: a tapped face that is searched for since before must not come back.
    taps_ended: Mutex<HashMap<Taps, Timestamp>>,
    /// Signals each deletion.
    deletions: watch::Sender<()>,
}

/// Searches with tapped faces.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Taps {
    /// A guest's: the guest returned to their own face.
    Of(Digest),
    /// An event's: its owner does not allow them any more.
    In(EventId),
}

enum Entry {
    Active {
        /// The one that is searched with.
        face: Arc<ActiveFace>,
        /// The guest's own, while that is a tapped one.
        own: Option<Arc<ActiveFace>>,
        event: EventId,
        created_at: Timestamp,
        seen_at: Timestamp,
    },
    /// The guest deleted the face: a search that started before must not bring it back.
    Deleted { at: Timestamp },
}

impl Entry {
    fn has_expired(&self, now: Timestamp) -> bool {
        match self {
            Self::Active { created_at, seen_at, .. } => {
                now.since(*created_at) >= MAX_AGE || now.since(*seen_at) >= IDLE_TIMEOUT
            }
            Self::Deleted { at } => now.since(*at) >= MAX_SEARCH_TIME,
        }
    }

    fn touched_at(&self) -> Timestamp {
        match self {
            Self::Active { seen_at, .. } => *seen_at,
            Self::Deleted { at } => *at,
        }
    }
}

impl Default for ActiveFaces {
    fn default() -> Self {
        Self { entries: Mutex::default(), taps_ended: Mutex::default(), deletions: watch::Sender::new(()) }
    }
}

impl ActiveFaces {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taps_ended(&self) -> MutexGuard<'_, HashMap<Taps, Timestamp>> {
        self.taps_ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the face that the guest searches with, unless the guest deleted it, or taps ended, after the search
    /// started. A tapped one ends no later than the guest's own. When full, replaces the entry that was used least
    /// recently.
    pub(crate) fn put(
        &self,
        session: Digest,
        event: EventId,
        face: ActiveFace,
        (started_at, now): (Timestamp, Timestamp),
    ) {
        if face.is_tapped() {
            let ended = self.taps_ended();
            let ended = [Taps::Of(session), Taps::In(event)].map(|taps| ended.get(&taps).copied());
            if ended.into_iter().flatten().any(|at| at >= started_at) {
                return;
            }
        }
        let mut entries = self.lock();
        if let Some(Entry::Deleted { at }) = entries.get(&session)
            && *at >= started_at
        {
            return;
        }
        if entries.len() >= MAX_FACES && !entries.contains_key(&session) {
            entries.retain(|_, entry| !entry.has_expired(now));
            let oldest =
                entries.iter().min_by_key(|(_, entry)| entry.touched_at().unix_ms()).map(|(id, _)| *id);
            if let Some(oldest) = oldest.filter(|_| entries.len() >= MAX_FACES) {
                entries.remove(&oldest);
            }
        }
        let before = entries.remove(&session).filter(|entry| !entry.has_expired(now));
        let (own, created_at) = match before {
            Some(Entry::Active { face: before, own, created_at, .. }) if face.is_tapped() => {
                let own = if before.is_tapped() { own } else { Some(before) };
                let created_at = if own.is_some() { created_at } else { now };
                (own, created_at)
            }
            _ => (None, now),
        };
        entries.insert(session, Entry::Active { face: Arc::new(face), own, event, created_at, seen_at: now });
    }

    /// The face that the guest searches with, and the guest's own if that is another; counts as a request of the page.
    fn see(&self, guest: &GuestAccess, now: Timestamp) -> Option<(Arc<ActiveFace>, Option<Arc<ActiveFace>>)> {
        match self.lock().get_mut(&guest.token_hash).filter(|entry| !entry.has_expired(now))? {
            Entry::Active { face, own, seen_at, .. } => {
                *seen_at = now;
                // The owner may have withdrawn the permission.
                if face.is_tapped() && !guest.event.tap_search {
                    return own.clone().map(|own| (own, None));
                }
                Some((face.clone(), own.clone()))
            }
            Entry::Deleted { .. } => None,
        }
    }

    /// The face that the guest searches with; counts as a request of the page.
    pub(crate) fn find(&self, guest: &GuestAccess, now: Timestamp) -> Option<Arc<ActiveFace>> {
        self.see(guest, now).map(|(face, _)| face)
    }

    /// The guest's own face; counts as a request of the page.
    pub(crate) fn find_own(&self, guest: &GuestAccess, now: Timestamp) -> Option<Arc<ActiveFace>> {
        let (face, own) = self.see(guest, now)?;
        if face.is_tapped() { own } else { Some(face) }
    }

    /// How many selfies the guest has searched with; counts as a request of the page.
    pub(crate) fn count_selfies(&self, guest: &GuestAccess, now: Timestamp) -> usize {
        self.find_own(guest, now).map_or(0, |own| own.people.selfies())
    }

    /// The photos found with either; counts as a request of the page.
    pub(crate) fn photos(&self, guest: &GuestAccess, now: Timestamp) -> Option<HashSet<PhotoId>> {
        let (face, own) = self.see(guest, now)?;
        let mut photos = face.photos();
        photos.extend(own.into_iter().flat_map(|own| own.photos()));
        Some(photos)
    }

    /// Whether a guest has an active face; does not count as a request of the page.
    pub(crate) fn knows(&self, guest: &GuestAccess, now: Timestamp) -> bool {
        match self.lock().get(&guest.token_hash).filter(|entry| !entry.has_expired(now)) {
            Some(Entry::Active { face, own, .. }) => {
                guest.event.tap_search || own.is_some() || !face.is_tapped()
            }
            _ => false,
        }
    }

    /// Ends the search with a tapped face, and returns to the guest's own, if there is one.
    pub(crate) fn end_tap(&self, session: Digest, now: Timestamp) {
        self.taps_ended().insert(Taps::Of(session), now);
        self.end_taps_of(|id, _| *id == session);
    }

    /// Ends all such searches of an event.
    pub(crate) fn end_taps(&self, event: EventId, now: Timestamp) {
        self.taps_ended().insert(Taps::In(event), now);
        self.end_taps_of(|_, of| of == event);
    }

    fn end_taps_of(&self, is_meant: impl Fn(&Digest, EventId) -> bool) {
        self.lock().retain(|id, entry| match entry {
            Entry::Active { face, own, event, .. } if face.is_tapped() && is_meant(id, *event) => {
                own.take().map(|own| *face = own).is_some()
            }
            _ => true,
        });
        self.deletions.send_replace(());
    }

    /// Deletes a guest's face, also one that a running search is about to put.
    pub(crate) fn delete(&self, session: Digest, now: Timestamp) {
        self.lock().insert(session, Entry::Deleted { at: now });
        self.deletions.send_replace(());
    }

    /// The events with faces.
    pub(crate) fn events(&self) -> HashSet<EventId> {
        let events = |entry: &Entry| match entry {
            Entry::Active { event, .. } => Some(*event),
            Entry::Deleted { .. } => None,
        };
        self.lock().values().filter_map(events).collect()
    }

    /// Deletes the faces of an event whose guests must enter again, or no longer can, or which prefers another node.
    pub(crate) fn delete_event(&self, event: EventId) {
        self.lock().retain(|_, entry| !matches!(entry, Entry::Active { event: of, .. } if *of == event));
        self.deletions.send_replace(());
    }

    pub(crate) fn delete_expired(&self, now: Timestamp) {
        self.lock().retain(|_, entry| !entry.has_expired(now));
        self.taps_ended().retain(|_, at| now.since(*at) < MAX_SEARCH_TIME);
    }

    /// Signals each deletion.
    pub(crate) fn deletions(&self) -> watch::Receiver<()> {
        self.deletions.subscribe()
    }
}

#[cfg(test)]
mod tests;
