//! Active faces: embeddings of guests whose page is open, kept in memory only, so that new photos of them are found.
//! One ends when the guest deletes it, an hour after the page's last request, a day after the selfie, with the event,
//! and when the program ends.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{Digest, Embedding, EventId, FaceBox, PhotoId, Timestamp};
use crate::search::{Found, Person, Rule, Verdict};
use crate::web::guest::live::ArrivedPhoto;

/// From the selfie on, whatever the page does.
pub(crate) const MAX_AGE: Duration = Duration::from_hours(24);
/// After the page's last request: phones sleep, and leave the Wi-Fi for a while.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_hours(1);
/// No search takes longer.
const MAX_SEARCH_TIME: Duration = Duration::from_mins(30);
/// More guests at once than any venue has; two kilobytes each.
const MAX_FACES: usize = 20_000;

/// Most selfies that count together; a further one takes the place of the first.
const MAX_SELFIES: usize = 5;

/// A guest's face, and what is known of the event's photos.
pub(crate) struct ActiveFace {
    /// From the guest's selfies, the last one last.
    pub(crate) selfies: Vec<Embedding>,
    known: Mutex<Known>,
}

/// By the last search, and of the photos that have arrived since.
struct Known {
    person: Person,
    /// Photos that the guest is in, sure or not.
    photos: HashSet<PhotoId>,
}

impl ActiveFace {
    pub(crate) fn new(selfies: Vec<Embedding>, found: &Found) -> Self {
        Self { selfies, known: Mutex::new(Known::of(found)) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what a new search found.
    pub(crate) fn update(&self, found: &Found) {
        *self.known() = Known::of(found);
    }

    /// Whether the guest is in a photo.
    pub(crate) fn is_in(&self, photo: PhotoId) -> bool {
        self.known().photos.contains(&photo)
    }

    /// The guest's face in a photo that has arrived, if it is there.
    pub(crate) fn find_in(&self, rule: &Rule, photo: &ArrivedPhoto) -> Option<(FaceBox, Verdict)> {
        let mut known = self.known();
        let judged =
            photo.faces.iter().filter_map(|(bounds, face)| Some((*bounds, known.person.judge(rule, face)?)));
        let best = judged.max_by(|(_, a), (_, b)| {
            a.certainty.cmp(&b.certainty).then_with(|| a.similarity.total_cmp(&b.similarity))
        })?;
        known.photos.insert(photo.photo.id);
        Some(best)
    }

    /// These selfies and one more.
    pub(crate) fn with(&self, selfie: Embedding) -> Vec<Embedding> {
        let dropped = self.selfies.len().saturating_sub(MAX_SELFIES - 1);
        self.selfies[dropped..].iter().cloned().chain([selfie]).collect()
    }
}

impl Known {
    fn of(found: &Found) -> Self {
        let photos = found.matches.iter().map(|found| found.photo.id).collect();
        Self { person: found.person.clone(), photos }
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
    use crate::search::{Query, Searcher};
    use crate::store::testing::TestStore;

    const START: Timestamp = Timestamp::from_unix_ms(0);
    const GUEST: Digest = Digest([1; 32]);

    fn put(faces: &ActiveFaces, session: Digest, event: EventId, at: Timestamp) {
        faces.put(session, event, face(1), (at, at));
    }

    impl ActiveFace {
        fn again(&self) -> Self {
            let known = self.known();
            let known = Known { person: known.person.clone(), photos: known.photos.clone() };
            Self { selfies: self.selfies.clone(), known: Mutex::new(known) }
        }
    }

    /// From so many selfies, in an event without photos.
    fn face(selfies: usize) -> ActiveFace {
        let store = TestStore::new();
        let selfie = Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        let selfies = vec![selfie; selfies];
        let (event_id, pack_id, denied) = (store.add_event(), store.add_pack(4), HashSet::new());
        let query = Query { event_id, pack_id, selfies: &selfies, denied: &denied, with_hidden: false };
        let search = Searcher::new(Rule::new(0.38, None), 1 << 20);
        let found = store.read(|db| search.find_photos(db, query)).unwrap();
        ActiveFace::new(selfies, &found)
    }

    #[test]
    fn a_further_selfie_takes_the_place_of_the_first() {
        let new = Embedding::normalised(vec![0.0, 1.0, 0.0, 0.0]).unwrap();
        assert_eq!(face(1).with(new.clone()).len(), 2);
        let kept = face(MAX_SELFIES).with(new.clone());
        assert_eq!((kept.len(), kept.last()), (MAX_SELFIES, Some(&new)));
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
        faces.put(GUEST, event, face(1), (later(4), later(9)));
        assert!(!faces.knows(GUEST, later(9)));
        // A selfie taken after the deletion counts.
        faces.put(GUEST, event, face(1), (later(6), later(9)));
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
        let (faces, event, face) = (ActiveFaces::default(), EventId::random(), face(1));
        for number in 0..u32::try_from(MAX_FACES).unwrap() + 5 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            let at = Timestamp::from_unix_ms(number.into());
            faces.put(Digest(id), event, ActiveFace::again(&face), (at, at));
        }
        assert_eq!(faces.lock().len(), MAX_FACES);
    }
}
