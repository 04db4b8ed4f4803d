//! Tickets: selected photos under names that cannot be guessed, until the guest has downloaded them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::auth::new_secret_text;
use crate::domain::{Digest, EventId, PhotoId, Timestamp};
use crate::web::access::guest_session::GuestAccess;

/// When a ticket expires; until then it may be used several times.
const LIFETIME: Duration = Duration::from_mins(10);
/// Tickets of one guest; a further one replaces the oldest.
const MAX_PER_SESSION: usize = 4;
/// Tickets of all guests, each of up to 16 KB.
const MAX_TICKETS: usize = 2000;
/// Downloads of one guest at once: a browser that lost its connection retries before the server notices.
const MAX_DOWNLOADS_PER_SESSION: usize = 3;

/// The photos that a guest selected.
pub(crate) struct Ticket {
    session: Digest,
    event_id: EventId,
    /// The event's when the ticket was created: a new password revokes it.
    password_version: u32,
    expires_at: Timestamp,
    photos: Arc<[PhotoId]>,
}

impl Ticket {
    pub(crate) fn new(guest: &GuestAccess, photos: Arc<[PhotoId]>, now: Timestamp) -> Self {
        let expires_at = now.plus(LIFETIME);
        let (event_id, password_version) = (guest.event.id, guest.event.password_version);
        Self { session: guest.token_hash, event_id, password_version, expires_at, photos }
    }
}

/// All valid tickets, and the downloads in progress.
#[derive(Default)]
pub(crate) struct Tickets {
    valid: Mutex<HashMap<String, Ticket>>,
    /// The session of each download.
    downloads: Arc<Mutex<Vec<Digest>>>,
}

/// A download in progress; it ends when this is dropped.
pub(crate) struct Download {
    downloads: Arc<Mutex<Vec<Digest>>>,
    session: Digest,
}

impl Drop for Download {
    fn drop(&mut self) {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = downloads.iter().position(|session| *session == self.session) {
            downloads.swap_remove(index);
        }
    }
}

impl Tickets {
    /// Counts one more download of this guest; `None` if that would be too many.
    pub(crate) fn start_download(&self, session: Digest) -> Option<Download> {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        if downloads.iter().filter(|other| **other == session).count() >= MAX_DOWNLOADS_PER_SESSION {
            return None;
        }
        downloads.push(session);
        Some(Download { downloads: self.downloads.clone(), session })
    }

    /// Adds a ticket and returns its name; `None` if there are too many.
    pub(crate) fn add(&self, ticket: Ticket, now: Timestamp) -> Option<String> {
        let mut tickets = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, ticket| now < ticket.expires_at);
        let of_session = tickets.iter().filter(|(_, other)| other.session == ticket.session);
        if of_session.clone().count() >= MAX_PER_SESSION {
            let oldest = of_session.min_by_key(|(_, other)| other.expires_at).map(|(name, _)| name.clone());
            oldest.and_then(|name| tickets.remove(&name));
        }
        if tickets.len() >= MAX_TICKETS {
            return None;
        }
        let name = new_secret_text();
        tickets.insert(name.clone(), ticket);
        Some(name)
    }

    /// The photos of a ticket, if it is this guest's and still valid.
    pub(crate) fn find(&self, name: &str, guest: &GuestAccess, now: Timestamp) -> Option<Arc<[PhotoId]>> {
        let tickets = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = tickets.get(name).filter(|ticket| {
            now < ticket.expires_at
                && ticket.session == guest.token_hash
                && ticket.event_id == guest.event.id
                && ticket.password_version == guest.event.password_version
        });
        ticket.map(|ticket| ticket.photos.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Event;
    use crate::web::access::consent::Consent;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn guest(number: u16) -> GuestAccess {
        let mut hash = [0; 32];
        hash[..2].copy_from_slice(&number.to_le_bytes());
        GuestAccess {
            event: Event::new("Party".into(), None, NOW),
            token_hash: Digest(hash),
            consent: Consent::default(),
        }
    }

    #[test]
    fn a_ticket_is_valid_for_its_guest_for_ten_minutes() {
        let (tickets, guest) = (Tickets::default(), guest(1));
        let photos: Arc<[PhotoId]> = [PhotoId::random()].into();
        let name = tickets.add(Ticket::new(&guest, photos.clone(), NOW), NOW).unwrap();
        let last = NOW.plus(LIFETIME).minus(Duration::from_millis(1));
        assert_eq!(tickets.find(&name, &guest, last), Some(photos));
        assert_eq!(tickets.find(&name, &guest, NOW.plus(LIFETIME)), None);
        assert_eq!(tickets.find("other", &guest, NOW), None);
        let mut other = guest.clone();
        other.token_hash = Digest([9; 32]);
        assert_eq!(tickets.find(&name, &other, NOW), None);
        let mut other = guest.clone();
        other.event.password_version += 1;
        assert_eq!(tickets.find(&name, &other, NOW), None);
    }

    #[test]
    fn downloads_of_one_guest_at_once_are_limited() {
        let tickets = Tickets::default();
        let start = |number| tickets.start_download(guest(number).token_hash);
        let mut downloads: Vec<_> = (0..MAX_DOWNLOADS_PER_SESSION).map(|_| start(1).unwrap()).collect();
        assert!(start(1).is_none() && start(2).is_some());
        downloads.pop();
        assert!(start(1).is_some());
        drop(downloads);
        assert!(tickets.downloads.lock().unwrap().is_empty());
    }

    #[test]
    fn tickets_of_each_guest_and_of_all_are_limited() {
        let tickets = Tickets::default();
        let add = |number, now: Timestamp| tickets.add(Ticket::new(&guest(number), [].into(), now), now);
        let first = add(0, NOW).unwrap();
        let held = |name: &String| tickets.valid.lock().unwrap().contains_key(name);
        for seconds in 1..4 {
            add(0, NOW.plus(Duration::from_secs(seconds))).unwrap();
        }
        assert!(held(&first));
        add(0, NOW.plus(Duration::from_secs(9))).unwrap();
        assert!(!held(&first));
        let most = u16::try_from(MAX_TICKETS).unwrap();
        let added = (1..=most).filter_map(|number| add(number, NOW)).count();
        assert_eq!(added, MAX_TICKETS - MAX_PER_SESSION);
        assert!(add(most, NOW.plus(LIFETIME)).is_some());
    }
}
