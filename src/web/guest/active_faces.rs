//! The faces of guests who are looking at their photos: numbers in memory alone, so that new photos of them are found.
//! They are gone when the guest says so, when the guest's page has not asked for an hour, after a day at the latest,
//! with the event, and when the program ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{Digest, Embedding, EventId, Timestamp};

/// From the selfie on, whatever the page does.
pub(in crate::web) const LONGEST: Duration = Duration::from_hours(24);
/// After the last sign of the page: phones sleep, and leave the Wi-Fi for a while.
pub(in crate::web) const GRACE: Duration = Duration::from_hours(1);
/// A search that began earlier than this has ended long since.
const LONGEST_SEARCH: Duration = Duration::from_mins(30);
/// More guests at once than any venue has; two kilobytes each.
const MOST: usize = 20_000;

/// By the guest's session.
pub(in crate::web) struct Standing {
    all: Mutex<HashMap<Digest, Known>>,
    /// Changes whenever a face is forgotten.
    forgotten: watch::Sender<()>,
}

/// What is known of a guest.
enum Known {
    Face {
        face: Arc<Embedding>,
        event: EventId,
        made_at: Timestamp,
        seen_at: Timestamp,
    },
    /// That the guest wanted to be forgotten then: a search that began before must not bring the face back.
    Nothing {
        since: Timestamp,
    },
}

impl Known {
    fn is_over(&self, now: Timestamp) -> bool {
        match self {
            Self::Face { made_at, seen_at, .. } => {
                now.since(*made_at) >= LONGEST || now.since(*seen_at) >= GRACE
            }
            Self::Nothing { since } => now.since(*since) >= LONGEST_SEARCH,
        }
    }

    fn touched_at(&self) -> Timestamp {
        match self {
            Self::Face { seen_at, .. } => *seen_at,
            Self::Nothing { since } => *since,
        }
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self { all: Mutex::default(), forgotten: watch::Sender::new(()) }
    }
}

impl Standing {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Known>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In place of what was known of this guest, unless the guest wanted to be forgotten since the search began. Where
    /// nobody else fits in, whoever was seen longest ago is forgotten.
    pub(in crate::web) fn put(
        &self,
        session: Digest,
        event: EventId,
        face: Embedding,
        (began_at, now): (Timestamp, Timestamp),
    ) {
        let mut all = self.lock();
        if let Some(Known::Nothing { since }) = all.get(&session)
            && *since >= began_at
        {
            return;
        }
        if all.len() >= MOST && !all.contains_key(&session) {
            all.retain(|_, known| !known.is_over(now));
            let oldest = all.iter().min_by_key(|(_, known)| known.touched_at().unix_ms()).map(|(id, _)| *id);
            if let Some(oldest) = oldest.filter(|_| all.len() >= MOST) {
                all.remove(&oldest);
            }
        }
        all.insert(session, Known::Face { face: Arc::new(face), event, made_at: now, seen_at: now });
    }

    /// The guest's face; asking is a sign that the page is there.
    pub(in crate::web) fn find(&self, session: Digest, now: Timestamp) -> Option<Arc<Embedding>> {
        match self.lock().get_mut(&session) {
            Some(known) if !known.is_over(now) => match known {
                Known::Face { face, seen_at, .. } => {
                    *seen_at = now;
                    Some(face.clone())
                }
                Known::Nothing { .. } => None,
            },
            _ => None,
        }
    }

    /// Whether a guest's face is known, which is no sign of a page.
    pub(in crate::web) fn knows(&self, session: Digest, now: Timestamp) -> bool {
        self.lock()
            .get(&session)
            .is_some_and(|known| matches!(known, Known::Face { .. }) && !known.is_over(now))
    }

    /// Forgets one guest's, also one that a running search is about to find.
    pub(in crate::web) fn forget(&self, session: Digest, now: Timestamp) {
        self.lock().insert(session, Known::Nothing { since: now });
        self.forgotten.send_replace(());
    }

    /// Forgets those of an event that nobody gets into any more, or only anew.
    pub(in crate::web) fn forget_event(&self, event: EventId) {
        self.lock().retain(|_, known| !matches!(known, Known::Face { event: of, .. } if *of == event));
        self.forgotten.send_replace(());
    }

    /// Forgets those that are over.
    pub(in crate::web) fn sweep(&self, now: Timestamp) {
        self.lock().retain(|_, known| !known.is_over(now));
    }

    /// Tells whenever a face is forgotten.
    pub(in crate::web) fn listen(&self) -> watch::Receiver<()> {
        self.forgotten.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_ms(0);
    const GUEST: Digest = Digest([1; 32]);

    fn put(all: &Standing, session: Digest, event: EventId, at: Timestamp) {
        let face = Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        all.put(session, event, face, (at, at));
    }

    #[test]
    fn a_face_is_known_while_its_page_asks_and_a_day_at_most() {
        let (all, event) = (Standing::default(), EventId::random());
        put(&all, GUEST, event, START);
        let mut now = START;
        while now.since(START) + Duration::from_mins(50) < LONGEST {
            now = now.plus(Duration::from_mins(50));
            assert!(all.find(GUEST, now).is_some());
        }
        assert!(all.find(GUEST, START.plus(LONGEST)).is_none());
        put(&all, GUEST, event, START);
        // That somebody looks whether it is known keeps it no longer.
        assert!(all.knows(GUEST, START.plus(Duration::from_mins(59))));
        all.sweep(START.plus(GRACE));
        assert!(!all.knows(GUEST, START));
    }

    #[test]
    fn a_search_that_ends_late_brings_no_forgotten_face_back() {
        let (all, event) = (Standing::default(), EventId::random());
        let later = |seconds| START.plus(Duration::from_secs(seconds));
        put(&all, GUEST, event, START);
        let mut told = all.listen();
        all.forget(GUEST, later(5));
        assert!(all.find(GUEST, later(5)).is_none() && told.has_changed().unwrap());
        told.mark_unchanged();
        let face = Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap();
        all.put(GUEST, event, face.clone(), (later(4), later(9)));
        assert!(!all.knows(GUEST, later(9)));
        // A new selfie is a new decision.
        all.put(GUEST, event, face, (later(6), later(9)));
        assert!(all.knows(GUEST, later(9)));
        all.forget_event(EventId::random());
        assert!(all.knows(GUEST, later(9)));
        all.forget_event(event);
        assert!(!all.knows(GUEST, later(9)));
        all.forget(GUEST, later(10));
        all.sweep(later(10).plus(LONGEST_SEARCH));
        assert!(all.lock().is_empty());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let (all, event) = (Standing::default(), EventId::random());
        for number in 0..u32::try_from(MOST).unwrap() + 5 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            put(&all, Digest(id), event, Timestamp::from_unix_ms(number.into()));
        }
        assert_eq!(all.lock().len(), MOST);
    }
}
