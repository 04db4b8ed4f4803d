//! Choices of photos under names that cannot be guessed, for as long as a guest takes to fetch them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::auth::new_secret_text;
use crate::domain::{Digest, EventId, PhotoId, Timestamp};
use crate::web::access::guest_session::GuestAccess;

/// How long a ticket is good: as often as it is fetched meanwhile.
const LASTS: Duration = Duration::from_mins(10);
/// Of one guest; the oldest makes place.
const MOST_OF_SESSION: usize = 4;
/// Of all guests: each takes up to 16 KB.
const MOST: usize = 2000;
/// Archives on their way to one guest: a browser that lost the connection asks again before we know.
const MOST_SENT_TO_SESSION: usize = 3;

/// What a guest chose.
pub(in crate::web) struct Ticket {
    session: Digest,
    event_id: EventId,
    /// The event's when the ticket was made: a new password ends it.
    password_version: u32,
    expires_at: Timestamp,
    photos: Arc<[PhotoId]>,
}

impl Ticket {
    pub(in crate::web) fn new(guest: &GuestAccess, photos: Arc<[PhotoId]>, now: Timestamp) -> Self {
        let expires_at = now.plus(LASTS);
        let (event_id, password_version) = (guest.event.id, guest.event.password_version);
        Self { session: guest.token_hash, event_id, password_version, expires_at, photos }
    }
}

/// All tickets that are good, and who is being sent archives.
#[derive(Default)]
pub(in crate::web) struct Tickets {
    good: Mutex<HashMap<String, Ticket>>,
    sent_to: Arc<Mutex<Vec<Digest>>>,
}

/// An archive is on its way to a guest until this is dropped.
pub(in crate::web) struct Sending {
    sent_to: Arc<Mutex<Vec<Digest>>>,
    session: Digest,
}

impl Drop for Sending {
    fn drop(&mut self) {
        let mut sent_to = self.sent_to.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = sent_to.iter().position(|session| *session == self.session) {
            sent_to.swap_remove(place);
        }
    }
}

impl Tickets {
    /// Counts one more archive of this guest; `None` where that would be too many.
    pub(in crate::web) fn begin(&self, session: Digest) -> Option<Sending> {
        let mut sent_to = self.sent_to.lock().unwrap_or_else(PoisonError::into_inner);
        if sent_to.iter().filter(|other| **other == session).count() >= MOST_SENT_TO_SESSION {
            return None;
        }
        sent_to.push(session);
        Some(Sending { sent_to: self.sent_to.clone(), session })
    }

    /// The ticket's name; `None` where there are too many.
    pub(in crate::web) fn add(&self, ticket: Ticket, now: Timestamp) -> Option<String> {
        let mut tickets = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, ticket| now < ticket.expires_at);
        let of_session = tickets.iter().filter(|(_, other)| other.session == ticket.session);
        if of_session.clone().count() >= MOST_OF_SESSION {
            let oldest = of_session.min_by_key(|(_, other)| other.expires_at).map(|(name, _)| name.clone());
            oldest.and_then(|name| tickets.remove(&name));
        }
        if tickets.len() >= MOST {
            return None;
        }
        let name = new_secret_text();
        tickets.insert(name.clone(), ticket);
        Some(name)
    }

    /// What was chosen, for the guest who did.
    pub(in crate::web) fn find(
        &self,
        name: &str,
        guest: &GuestAccess,
        now: Timestamp,
    ) -> Option<Arc<[PhotoId]>> {
        let tickets = self.good.lock().unwrap_or_else(PoisonError::into_inner);
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

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn guest(number: u16) -> GuestAccess {
        let mut hash = [0; 32];
        hash[..2].copy_from_slice(&number.to_le_bytes());
        GuestAccess {
            event: Event::new("Party".into(), None, NOW),
            token_hash: Digest(hash),
            consented: false,
        }
    }

    #[test]
    fn a_ticket_is_good_for_its_guest_for_ten_minutes() {
        let (tickets, guest) = (Tickets::default(), guest(1));
        let photos: Arc<[PhotoId]> = [PhotoId::random()].into();
        let name = tickets.add(Ticket::new(&guest, photos.clone(), NOW), NOW).unwrap();
        let last = NOW.plus(LASTS).minus(Duration::from_millis(1));
        assert_eq!(tickets.find(&name, &guest, last), Some(photos));
        assert_eq!(tickets.find(&name, &guest, NOW.plus(LASTS)), None);
        assert_eq!(tickets.find("other", &guest, NOW), None);
        let mut other = guest.clone();
        other.token_hash = Digest([9; 32]);
        assert_eq!(tickets.find(&name, &other, NOW), None);
        let mut other = guest.clone();
        other.event.password_version += 1;
        assert_eq!(tickets.find(&name, &other, NOW), None);
    }

    #[test]
    fn so_many_archives_go_to_one_guest_at_once() {
        let tickets = Tickets::default();
        let begin = |number| tickets.begin(guest(number).token_hash);
        let mut sent: Vec<_> = (0..MOST_SENT_TO_SESSION).map(|_| begin(1).unwrap()).collect();
        assert!(begin(1).is_none() && begin(2).is_some());
        sent.pop();
        assert!(begin(1).is_some());
        drop(sent);
        assert!(tickets.sent_to.lock().unwrap().is_empty());
    }

    #[test]
    fn there_are_so_many_of_each_guest_and_of_all() {
        let tickets = Tickets::default();
        let add = |number, now: Timestamp| tickets.add(Ticket::new(&guest(number), [].into(), now), now);
        let first = add(0, NOW).unwrap();
        let held = |name: &String| tickets.good.lock().unwrap().contains_key(name);
        for seconds in 1..4 {
            add(0, NOW.plus(Duration::from_secs(seconds))).unwrap();
        }
        assert!(held(&first));
        add(0, NOW.plus(Duration::from_secs(9))).unwrap();
        assert!(!held(&first));
        let most = u16::try_from(MOST).unwrap();
        let added = (1..=most).filter_map(|number| add(number, NOW)).count();
        assert_eq!(added, MOST - MOST_OF_SESSION);
        assert!(add(most, NOW.plus(LASTS)).is_some());
    }
}
