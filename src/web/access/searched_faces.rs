//! Counts the different people that a client searches for, in events where guests see only their own photos. Somebody
//! with pictures of other people could see theirs too, one selfie after another; a family on one phone may.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Embedding, Event, EventId, Timestamp, Visibility};
use crate::limits::{Client, ClientKey, ClientNetwork, Wait};
use crate::reach::is_local;
use crate::web::{ApiError, ErrorCode};

/// How long a face is kept to be counted.
const WINDOW: Duration = Duration::from_hours(1);
/// In the internet, a whole venue may have one address: it may search for so many times more people than a phone.
const PHONES_OF_PUBLIC_ADDRESS: usize = 20;
/// Faces in memory, of 2 KB each; the oldest go first.
const MAX_FACES: usize = 10_000;

/// The faces that were searched for in the last hour.
pub(crate) struct SearchedFaces {
    /// Of one client, and of one address in a local network.
    most: usize,
    /// Similarity from which two faces count as one person.
    same_person: f32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Oldest first.
    faces: Vec<Searched>,
    /// Events in which someone was stopped, and when.
    stopped: Vec<(EventId, Timestamp)>,
}

struct Searched {
    event: EventId,
    client: ClientKey,
    network: ClientNetwork,
    /// `None` if the guest deleted it: then it only counts.
    face: Option<Embedding>,
    at: Timestamp,
}

impl SearchedFaces {
    pub(crate) fn new(most: usize, same_person: f32) -> Self {
        Self { most, same_person, state: Mutex::default() }
    }

    /// Counts a search for these people; fails if the client, or all of its network, have searched for too many others.
    pub(crate) fn admit(
        &self,
        event: &Event,
        client: &Client,
        people: &[&Embedding],
        now: Timestamp,
    ) -> Result<(), ApiError> {
        let counted = self.count(event, client, people, now);
        counted.map_err(|wait| ApiError::with_wait(ErrorCode::TooManyPeople, wait))
    }

    fn count(
        &self,
        event: &Event,
        client: &Client,
        people: &[&Embedding],
        now: Timestamp,
    ) -> Result<(), Wait> {
        if event.visibility == Visibility::All {
            return Ok(());
        }
        let (mut state, key) = (self.lock(now), client.key());
        let most_of_network =
            if is_local(client.network.address()) { self.most } else { self.most * PHONES_OF_PUBLIC_ADDRESS };
        let by_client = |face: &Searched| face.client == key;
        let by_network = |face: &Searched| face.network == client.network;
        let wait = |is_counted: &dyn Fn(&Searched) -> bool, most| {
            let before = state.faces.iter().filter(|face| face.event == event.id && is_counted(face));
            self.wait(before, people, most, now)
        };
        let waits = [wait(&by_client, self.most), wait(&by_network, most_of_network)];
        if let Some(wait) = waits.into_iter().flatten().max() {
            state.stopped.push((event.id, now));
            return Err(Wait(wait));
        }
        for person in people {
            let is_known = |state: &State| {
                let mut before = state.faces.iter().filter(|face| face.event == event.id && by_client(face));
                before.any(|face| self.is_same(face.face.as_ref(), Some(person)))
            };
            if !is_known(&state) {
                let (event, network, face) = (event.id, client.network, Some((*person).clone()));
                state.faces.push(Searched { event, client: key, network, face, at: now });
            }
        }
        Ok(())
    }

    /// How long until these people are no longer too many, with those searched for before.
    fn wait<'a>(
        &self,
        before: impl Iterator<Item = &'a Searched>,
        people: &[&Embedding],
        most: usize,
        now: Timestamp,
    ) -> Option<Duration> {
        // Newest first, so that those who must be forgotten come last.
        let mut before: Vec<&Searched> = before.collect();
        before.reverse();
        let mut different: Vec<(Option<&Embedding>, Option<Timestamp>)> = Vec::new();
        let searches = people.iter().map(|person| (Some(*person), None));
        for (face, at) in searches.chain(before.into_iter().map(|face| (face.face.as_ref(), Some(face.at)))) {
            if !different.iter().any(|(other, _)| self.is_same(*other, face)) {
                different.push((face, at));
            }
        }
        if different.len() <= most || different.iter().all(|(_, at)| at.is_none()) {
            return None;
        }
        let at = different.get(most).and_then(|(_, at)| *at).unwrap_or(now);
        Some(WINDOW.saturating_sub(now.since(at)))
    }

    fn is_same(&self, one: Option<&Embedding>, other: Option<&Embedding>) -> bool {
        one.zip(other).is_some_and(|(one, other)| one.similarity(other) >= self.same_person)
    }

    /// Deletes the faces that a client searched for; they still count.
    pub(crate) fn delete_of(&self, event: EventId, client: &Client, now: Timestamp) {
        let key = client.key();
        let mut state = self.lock(now);
        for face in state.faces.iter_mut().filter(|face| face.event == event && face.client == key) {
            face.face = None;
        }
    }

    /// The events with faces.
    pub(crate) fn events(&self, now: Timestamp) -> HashSet<EventId> {
        self.lock(now).faces.iter().map(|face| face.event).collect()
    }

    /// Deletes the faces of an event.
    pub(crate) fn delete_event(&self, event: EventId, now: Timestamp) {
        self.lock(now).faces.retain(|face| face.event != event);
    }

    /// Whether someone was stopped in this event in the last hour.
    pub(crate) fn was_stopped_in(&self, event: EventId, now: Timestamp) -> bool {
        self.lock(now).stopped.iter().any(|(stopped, _)| *stopped == event)
    }

    /// What is older than an hour is forgotten first.
    fn lock(&self, now: Timestamp) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.faces.retain(|face| now.since(face.at) < WINDOW);
        state.stopped.retain(|(_, at)| now.since(*at) < WINDOW);
        let over = state.faces.len().saturating_sub(MAX_FACES);
        state.faces.drain(..over);
        state
    }

    /// Forgets what is too old.
    pub(crate) fn delete_expired(&self, now: Timestamp) {
        drop(self.lock(now));
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::domain::Digest;

    const NOW: Timestamp = Timestamp::from_unix_ms(10_000_000);
    const PHONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20));

    fn event(visibility: Visibility) -> Event {
        Event { visibility, ..Event::new("Party".into(), None, NOW) }
    }

    fn client(session: u8, address: IpAddr) -> Client {
        Client { device: Some((Digest([session; 32]), NOW)), user: None, network: ClientNetwork::of(address) }
    }

    /// Nobody is similar to anybody else.
    fn person(number: usize) -> Embedding {
        let mut values = vec![0.0; 512];
        values[number] = 1.0;
        Embedding::normalised(values).unwrap()
    }

    fn search(faces: &SearchedFaces, event: &Event, client: &Client, number: usize, at: Timestamp) -> bool {
        faces.count(event, client, &[&person(number)], at).is_ok()
    }

    #[test]
    fn other_peoples_pictures_soon_end() {
        let (faces, event) = (SearchedFaces::new(3, 0.4), event(Visibility::Matches));
        let phone = client(1, PHONE);
        assert!((0..3).all(|number| search(&faces, &event, &phone, number, NOW)));
        assert!(!search(&faces, &event, &phone, 3, NOW));
        // The family goes on, and so do other phones.
        assert!((0..3).all(|number| search(&faces, &event, &phone, number, NOW)));
        assert!(search(&faces, &event, &client(2, IpAddr::from([192, 168, 1, 21])), 3, NOW));
        // A new session on the same phone does not help.
        assert!(
            !search(&faces, &event, &client(9, PHONE), 4, NOW)
                && search(&faces, &event, &client(9, PHONE), 0, NOW)
        );
        // Nor does another address with the same session.
        let moved = client(1, IpAddr::from([192, 168, 1, 22]));
        assert!(!search(&faces, &event, &moved, 4, NOW));
        // Nor does deleting the faces.
        faces.delete_of(event.id, &phone, NOW);
        let state = faces.lock(NOW);
        assert!(state.faces.iter().all(|face| face.face.is_none() == (face.client == phone.key())));
        drop(state);
        assert!(!search(&faces, &event, &phone, 0, NOW));
        assert!(faces.was_stopped_in(event.id, NOW) && !faces.was_stopped_in(EventId::random(), NOW));
        assert!(search(&faces, &event, &phone, 3, NOW.plus(WINDOW)));
        assert!(!faces.was_stopped_in(event.id, NOW.plus(WINDOW)));
    }

    #[test]
    fn the_wait_ends_when_one_more_person_fits() {
        let (faces, event, phone) =
            (SearchedFaces::new(2, 0.4), event(Visibility::Matches), client(1, PHONE));
        let minute = |minute| NOW.plus(Duration::from_mins(minute));
        assert!(search(&faces, &event, &phone, 0, NOW) && search(&faces, &event, &phone, 1, minute(10)));
        let both = faces.count(&event, &phone, &[&person(2), &person(3)], minute(20));
        assert_eq!(both, Err(Wait(Duration::from_mins(50))));
        let one = faces.count(&event, &phone, &[&person(2)], minute(20));
        assert_eq!(one, Err(Wait(Duration::from_mins(40))));
        assert!(search(&faces, &event, &phone, 2, minute(60)));
    }

    #[test]
    fn a_group_in_one_selfie_is_never_refused_at_first() {
        let (faces, event) = (SearchedFaces::new(2, 0.4), event(Visibility::Matches));
        let group: Vec<_> = (0..5).map(person).collect();
        assert_eq!(faces.count(&event, &client(1, PHONE), &group.iter().collect::<Vec<_>>(), NOW), Ok(()));
    }

    #[test]
    fn a_venue_may_have_one_public_address() {
        let (faces, event) = (SearchedFaces::new(3, 0.4), event(Visibility::Matches));
        let guest = |number: usize| client(u8::try_from(number).unwrap(), IpAddr::from([203, 0, 113, 9]));
        assert!((0..60).all(|number| search(&faces, &event, &guest(number), number, NOW)));
        assert!(!search(&faces, &event, &guest(61), 61, NOW));
    }

    #[test]
    fn where_guests_see_all_photos_nothing_is_counted() {
        let (faces, event) = (SearchedFaces::new(1, 0.4), event(Visibility::All));
        assert!((0..9).all(|number| search(&faces, &event, &client(1, PHONE), number, NOW)));
        assert!(faces.lock(NOW).faces.is_empty());
    }
}
