//! Tickets: selected photos under names that cannot be guessed, until the guest has downloaded them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::auth::new_secret_text;
use crate::domain::{Digest, EventId, PhotoId, Timestamp};
use crate::web::access::guest_session::GuestAccess;
use crate::web::http::holder;
use crate::web::http::pool::{Place, Pool};

/// When a ticket expires; until then it may be used several times.
const LIFETIME: Duration = Duration::from_mins(10);
/// Tickets of one guest.
const MAX_PER_GUEST: usize = 4;
/// Tickets of all guests, each of up to 16 KB.
const MAX_TICKETS: usize = 2000;

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

/// All valid tickets. One that is over its guest's share, or in the way of others', ends early.
pub(crate) struct Tickets {
    places: Pool,
    tickets: Mutex<HashMap<String, (Ticket, Place)>>,
}

impl Default for Tickets {
    fn default() -> Self {
        Self { places: Pool::new(MAX_TICKETS, MAX_PER_GUEST), tickets: Mutex::default() }
    }
}

impl Tickets {
    /// Adds a ticket and returns its name.
    pub(crate) fn add(&self, ticket: Ticket, now: Timestamp) -> Option<String> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (ticket, _)| now < ticket.expires_at);
        let place = self.places.take(holder::current())?;
        tickets.retain(|_, (_, place)| !place.has_ended());
        let name = new_secret_text();
        tickets.insert(name.clone(), (ticket, place));
        Some(name)
    }

    /// The photos of a ticket, if it is this guest's and still valid.
    pub(crate) fn find(&self, name: &str, guest: &GuestAccess, now: Timestamp) -> Option<Arc<[PhotoId]>> {
        let tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let (ticket, _) = tickets.get(name).filter(|(ticket, place)| {
            !place.has_ended()
                && now < ticket.expires_at
                && ticket.session == guest.token_hash
                && ticket.event_id == guest.event.id
                && ticket.password_version == guest.event.password_version
        })?;
        Some(ticket.photos.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Event;
    use crate::limits::{Client, ClientNetwork, Holder};
    use crate::web::access::consent::Consent;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

    fn guest(number: u16) -> GuestAccess {
        let mut hash = [0; 32];
        hash[..2].copy_from_slice(&number.to_le_bytes());
        GuestAccess {
            event: Event::new("Party".into(), None, NOW).into(),
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
        Arc::make_mut(&mut other.event).password_version += 1;
        assert_eq!(tickets.find(&name, &other, NOW), None);
    }

    #[tokio::test]
    async fn one_guest_and_one_network_get_their_shares() {
        let tickets = Tickets::default();
        let add = async |network: u8, number: u16| {
            let (guest, network) = (guest(number), ClientNetwork::of([10, 0, 0, network].into()));
            let client = Client { device: Some((guest.token_hash, NOW)), user: None, network };
            let ticket = Ticket::new(&guest, [].into(), NOW);
            let name = holder::scope(Holder::new(&client, None), async { tickets.add(ticket, NOW) }).await;
            (name.unwrap(), guest)
        };
        let is_valid = |(name, guest): &(String, GuestAccess)| tickets.find(name, guest, NOW).is_some();
        let honest = add(1, 0).await;
        let first = add(2, 1).await;
        for _ in 1..MAX_PER_GUEST {
            add(2, 1).await;
        }
        assert!(is_valid(&first));
        let fifth = add(2, 1).await;
        assert!(!is_valid(&first) && is_valid(&fifth));
        for number in 2..=u16::try_from(MAX_TICKETS).unwrap() {
            add(2, number).await;
        }
        assert!(is_valid(&honest) && !is_valid(&fifth));
        assert!(is_valid(&add(3, 0).await));
        assert!(tickets.tickets.lock().unwrap().len() <= MAX_TICKETS);
    }
}
