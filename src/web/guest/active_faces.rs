//! Active faces: embeddings of guests whose page is open, kept in memory only, so that new photos of them are found.
//! One ends when the guest deletes it, an hour after the page's last request, a day after the selfie, with the event,
//! and when the program ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{Digest, EventId, PhotoId, Timestamp};
use crate::search::{Match, Person, Rule};
use crate::web::guest::live::ArrivedPhoto;
use crate::web::guest::people::{self, Mode, People, Sighting};

/// From the selfie on, whatever the page does.
pub(crate) const MAX_AGE: Duration = Duration::from_hours(24);
/// After the page's last request: phones sleep, and leave the Wi-Fi for a while.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_hours(1);
/// No search takes longer.
const MAX_SEARCH_TIME: Duration = Duration::from_mins(30);
/// More guests at once than any venue has. Each takes about six kilobytes, 22 with five selfies.
const MAX_FACES: usize = 20_000;

/// A guest's face, or those of several people of a selfie, and what is known of the event's photos.
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

    /// Takes over what a new search found. Photos that arrived during it stay.
    pub(crate) fn update(&self, found: Known) {
        let mut known = self.known();
        known.each = found.each;
        known.photos.extend(found.photos);
    }

    /// The photos that were found.
    pub(crate) fn photos(&self) -> HashSet<PhotoId> {
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
    /// Signals each deletion.
    deletions: watch::Sender<()>,
}

enum Entry {
    Active {
        face: Arc<ActiveFace>,
        event: EventId,
        created_at: Timestamp,
        seen_at: Timestamp,
    },
    /// The guest deleted the face: a search that started before must not bring it back.
    Deleted {
        at: Timestamp,
    },
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
        Self { entries: Mutex::default(), deletions: watch::Sender::new(()) }
    }
}

impl ActiveFaces {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the guest's face, unless the guest deleted it after the search started. When full, replaces the entry that
    /// was used least recently.
    pub(crate) fn put(
        &self,
        session: Digest,
        event: EventId,
        face: ActiveFace,
        (started_at, now): (Timestamp, Timestamp),
    ) {
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
        let face = Arc::new(face);
        entries.insert(session, Entry::Active { face, event, created_at: now, seen_at: now });
    }

    /// The guest's face; counts as a request of the page.
    pub(crate) fn find(&self, session: Digest, now: Timestamp) -> Option<Arc<ActiveFace>> {
        match self.lock().get_mut(&session).filter(|entry| !entry.has_expired(now))? {
            Entry::Active { face, seen_at, .. } => {
                *seen_at = now;
                Some(face.clone())
            }
            Entry::Deleted { .. } => None,
        }
    }

    /// Whether a guest has an active face; does not count as a request of the page.
    pub(crate) fn knows(&self, session: Digest, now: Timestamp) -> bool {
        self.lock()
            .get(&session)
            .is_some_and(|entry| matches!(entry, Entry::Active { .. }) && !entry.has_expired(now))
    }

    /// Deletes a guest's face, also one that a running search is about to put.
    pub(crate) fn delete(&self, session: Digest, now: Timestamp) {
        self.lock().insert(session, Entry::Deleted { at: now });
        self.deletions.send_replace(());
    }

    /// Deletes the faces of an event whose guests must enter again, or no longer can.
    pub(crate) fn delete_event(&self, event: EventId) {
        self.lock().retain(|_, entry| !matches!(entry, Entry::Active { event: of, .. } if *of == event));
        self.deletions.send_replace(());
    }

    pub(crate) fn delete_expired(&self, now: Timestamp) {
        self.lock().retain(|_, entry| !entry.has_expired(now));
    }

    /// Signals each deletion.
    pub(crate) fn deletions(&self) -> watch::Receiver<()> {
        self.deletions.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Embedding;

    const START: Timestamp = Timestamp::from_unix_ms(0);
    const GUEST: Digest = Digest([1; 32]);

    fn put(faces: &ActiveFaces, session: Digest, event: EventId, at: Timestamp) {
        faces.put(session, event, face(), (at, at));
    }

    fn face() -> ActiveFace {
        let embedding = Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        ActiveFace::new(People::of_selfie(vec![embedding.into()], None), Known::new(Vec::new(), &[]))
    }

    #[test]
    fn a_face_expires_with_its_page_and_after_a_day_at_most() {
        let (faces, event) = (ActiveFaces::default(), EventId::random());
        put(&faces, GUEST, event, START);
        let mut now = START;
        while now.since(START) + Duration::from_mins(50) < MAX_AGE {
            now = now.plus(Duration::from_mins(50));
            assert!(faces.find(GUEST, now).is_some());
        }
        assert!(faces.find(GUEST, START.plus(MAX_AGE)).is_none());
        put(&faces, GUEST, event, START);
        // Asking whether it is known does not extend it.
        assert!(faces.knows(GUEST, START.plus(Duration::from_mins(59))));
        faces.delete_expired(START.plus(IDLE_TIMEOUT));
        assert!(!faces.knows(GUEST, START));
    }

    #[test]
    fn a_late_search_brings_no_deleted_face_back() {
        let (faces, event) = (ActiveFaces::default(), EventId::random());
        let later = |seconds| START.plus(Duration::from_secs(seconds));
        put(&faces, GUEST, event, START);
        let mut deletions = faces.deletions();
        faces.delete(GUEST, later(5));
        assert!(faces.find(GUEST, later(5)).is_none() && deletions.has_changed().unwrap());
        deletions.mark_unchanged();
        faces.put(GUEST, event, face(), (later(4), later(9)));
        assert!(!faces.knows(GUEST, later(9)));
        // A selfie taken after the deletion counts.
        faces.put(GUEST, event, face(), (later(6), later(9)));
        assert!(faces.knows(GUEST, later(9)));
        faces.delete_event(EventId::random());
        assert!(faces.knows(GUEST, later(9)));
        faces.delete_event(event);
        assert!(!faces.knows(GUEST, later(9)));
        faces.delete(GUEST, later(10));
        faces.delete_expired(later(10).plus(MAX_SEARCH_TIME));
        assert!(faces.lock().is_empty());
    }

    #[test]
    fn the_number_of_faces_is_limited() {
        let (faces, event) = (ActiveFaces::default(), EventId::random());
        for number in 0..u32::try_from(MAX_FACES).unwrap() + 5 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            put(&faces, Digest(id), event, Timestamp::from_unix_ms(number.into()));
        }
        assert_eq!(faces.lock().len(), MAX_FACES);
    }
}
