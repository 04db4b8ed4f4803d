//! The faces of guests who are looking at their photos: numbers in memory alone, so that new photos of them are found.
//! They are gone when the guest says so, when the guest's page has not asked for an hour, after a day at the latest,
//! and when the program ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Digest, Embedding, Timestamp};

/// From the selfie on, whatever the page does.
pub(super) const LONGEST: Duration = Duration::from_hours(24);
/// After the last sign of the page: phones sleep, and leave the Wi-Fi for a while.
pub(super) const GRACE: Duration = Duration::from_hours(1);
/// More guests at once than any venue has; two kilobytes each.
const MOST: usize = 20_000;

/// By the guest's session.
#[derive(Default)]
pub(super) struct Standing(Mutex<HashMap<Digest, Known>>);

struct Known {
    face: Arc<Embedding>,
    made_at: Timestamp,
    seen_at: Timestamp,
}

impl Known {
    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.made_at) >= LONGEST || now.since(self.seen_at) >= GRACE
    }
}

impl Standing {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In place of what was known of this guest. Where nobody else fits in, whoever was seen longest ago is forgotten.
    pub(super) fn put(&self, session: Digest, face: Embedding, now: Timestamp) {
        let mut all = self.lock();
        if all.len() >= MOST && !all.contains_key(&session) {
            all.retain(|_, known| !known.is_over(now));
            let oldest = all.iter().min_by_key(|(_, known)| known.seen_at.unix_ms()).map(|(id, _)| *id);
            if let Some(oldest) = oldest.filter(|_| all.len() >= MOST) {
                all.remove(&oldest);
            }
        }
        all.insert(session, Known { face: Arc::new(face), made_at: now, seen_at: now });
    }

    /// The guest's face; asking is a sign that the page is there.
    pub(super) fn find(&self, session: Digest, now: Timestamp) -> Option<Arc<Embedding>> {
        let mut all = self.lock();
        let known = all.get_mut(&session).filter(|known| !known.is_over(now));
        let Some(known) = known else {
            all.remove(&session);
            return None;
        };
        known.seen_at = now;
        Some(known.face.clone())
    }

    /// Whether a guest's face is known, which is no sign of a page.
    pub(super) fn knows(&self, session: Digest, now: Timestamp) -> bool {
        self.lock().get(&session).is_some_and(|known| !known.is_over(now))
    }

    /// Forgets one guest's.
    pub(super) fn forget(&self, session: Digest) {
        self.lock().remove(&session);
    }

    /// Forgets those that are over.
    pub(super) fn sweep(&self, now: Timestamp) {
        self.lock().retain(|_, known| !known.is_over(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face() -> Embedding {
        Embedding::normalised(vec![1.0, 0.0, 0.0, 0.0]).unwrap()
    }

    #[test]
    fn a_face_is_known_while_its_page_asks_and_a_day_at_most() {
        let (all, guest, start) = (Standing::default(), Digest([1; 32]), Timestamp::from_unix_ms(0));
        all.put(guest, face(), start);
        let mut now = start;
        while now.since(start) + Duration::from_mins(50) < LONGEST {
            now = now.plus(Duration::from_mins(50));
            assert!(all.find(guest, now).is_some());
        }
        assert!(all.find(guest, start.plus(LONGEST)).is_none());
        all.put(guest, face(), start);
        // That somebody looks whether it is known keeps it no longer.
        assert!(all.knows(guest, start.plus(Duration::from_mins(59))));
        all.sweep(start.plus(GRACE));
        assert!(!all.knows(guest, start));
        all.put(guest, face(), start);
        all.forget(guest);
        assert!(all.find(guest, start).is_none());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let all = Standing::default();
        for number in 0..u32::try_from(MOST).unwrap() + 5 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            all.put(Digest(id), face(), Timestamp::from_unix_ms(number.into()));
        }
        assert_eq!(all.lock().len(), MOST);
    }
}
