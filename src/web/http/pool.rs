//! Places for things that last: connections, streams, bodies being received, archives being sent. A full pool makes
//! room for a newcomer by ending something of the client that holds most, so that nobody can take it all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::limits::{Holder, keep_heaviest};

/// Places, each with a holder.
pub(crate) struct Pool {
    /// Of all places together: a number of things, or of bytes.
    capacity: usize,
    /// Places of one client.
    places_of_one: usize,
    places: Arc<Mutex<Places>>,
}

#[derive(Default)]
struct Places {
    /// By number, in the order in which they were taken.
    held: BTreeMap<u64, Held>,
    total: usize,
    last_number: u64,
}

struct Held {
    holder: Holder,
    size: usize,
    ends: Ends,
    /// Dropped to end the place.
    _end: watch::Sender<()>,
}

/// When a place may be ended for a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ends {
    /// Before the others: it is idle.
    First,
    Next,
    Never,
}

/// A place, until it is dropped. The holder stops when it has [ended](Self::ended).
pub(crate) struct Place {
    number: u64,
    places: Arc<Mutex<Places>>,
    end: watch::Receiver<()>,
}

impl Pool {
    /// So many places, of which one client gets at most `places_of_one`.
    pub(crate) fn new(capacity: usize, places_of_one: usize) -> Self {
        Self { capacity, places_of_one, places: Arc::default() }
    }

    /// A place of size 1; `None` if nothing may be ended for it. Something of the same client ends first if that has
    /// its share.
    pub(crate) fn take(&self, holder: Holder) -> Option<Place> {
        let mut places = lock(&self.places);
        if places.held.values().filter(|held| held.holder == holder).count() >= self.places_of_one {
            places.end_one(|held| held.holder == holder)?;
        }
        if places.total >= self.capacity {
            places.end_one(|_| true)?;
        }
        let (end, ended) = watch::channel(());
        places.last_number += 1;
        places.total += 1;
        let number = places.last_number;
        places.held.insert(number, Held { holder, size: 1, ends: Ends::Next, _end: end });
        Some(Place { number, places: self.places.clone(), end: ended })
    }

    /// Makes a place larger. The place itself may be what ends for that.
    pub(crate) fn grow(&self, place: &Place, size: usize) {
        let mut places = lock(&self.places);
        let Some(held) = places.held.get_mut(&place.number) else { return };
        held.size += size;
        places.total += size;
        while places.total > self.capacity && places.end_one(|_| true).is_some() {}
    }
}

impl Places {
    /// Ends the oldest place of the heaviest client, among those that end first; `None` if none may be ended.
    fn end_one(&mut self, may_end: impl Fn(&Held) -> bool) -> Option<()> {
        let candidates = || self.held.iter().filter(|(_, held)| held.ends != Ends::Never && may_end(held));
        let first = candidates().map(|(_, held)| held.ends).min()?;
        let mut candidates: Vec<_> = candidates().filter(|(_, held)| held.ends == first).collect();
        keep_heaviest(&mut candidates, |(_, held)| held.holder, |(_, held)| held.size);
        let oldest = *candidates.first()?.0;
        self.remove(oldest);
        Some(())
    }

    fn remove(&mut self, number: u64) {
        if let Some(held) = self.held.remove(&number) {
            self.total -= held.size;
        }
    }
}

impl Place {
    /// Resolves when the place was given to another client.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut end = self.end.clone();
        async move { while end.changed().await.is_ok() {} }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.has_changed().is_err()
    }

    pub(crate) fn set_ends(&self, ends: Ends) {
        if let Some(held) = lock(&self.places).held.get_mut(&self.number) {
            held.ends = ends;
        }
    }

    /// When the holder turns out to be another.
    pub(crate) fn set_holder(&self, holder: Holder) {
        if let Some(held) = lock(&self.places).held.get_mut(&self.number) {
            held.holder = holder;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.places).remove(self.number);
    }
}

fn lock(places: &Mutex<Places>) -> MutexGuard<'_, Places> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ClientNetwork;

    fn network(last: u8) -> Holder {
        Holder::network(ClientNetwork::of([10, 0, 0, last].into()))
    }

    #[tokio::test]
    async fn a_full_pool_ends_the_oldest_of_the_client_that_holds_most() {
        let pool = Pool::new(4, 3);
        let honest = pool.take(network(1)).unwrap();
        let greedy: Vec<_> = (0..3).map(|_| pool.take(network(2)).unwrap()).collect();
        let other = pool.take(network(3)).unwrap();
        assert!(greedy[0].has_ended() && !greedy[1].has_ended() && !honest.has_ended() && !other.has_ended());
        greedy[0].ended().await;
        drop((honest, other, greedy));
        assert!(lock(&pool.places).held.is_empty());
    }

    #[test]
    fn one_client_gets_its_share() {
        let pool = Pool::new(10, 2);
        let mine: Vec<_> = (0..3).map(|_| pool.take(network(1)).unwrap()).collect();
        assert_eq!(mine.iter().map(Place::has_ended).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn idle_places_end_first_and_kept_ones_never() {
        let pool = Pool::new(3, 3);
        let [busy, kept, idle] = [1, 1, 2].map(|last| pool.take(network(last)).unwrap());
        kept.set_ends(Ends::Never);
        idle.set_ends(Ends::First);
        let newcomer = pool.take(network(3)).unwrap();
        assert!(idle.has_ended() && !busy.has_ended());
        newcomer.set_ends(Ends::Never);
        pool.take(network(3)).unwrap().set_ends(Ends::Never);
        assert!(busy.has_ended() && !kept.has_ended());
        let _last = pool.take(network(3)).unwrap();
        drop(busy);
        assert!(pool.take(network(4)).is_some() && !newcomer.has_ended());
    }

    #[test]
    fn what_grows_over_the_capacity_ends_the_largest() {
        let pool = Pool::new(100, 3);
        let (small, large) = (pool.take(network(1)).unwrap(), pool.take(network(2)).unwrap());
        pool.grow(&large, 60);
        pool.grow(&small, 30);
        assert!(!large.has_ended());
        pool.grow(&small, 20);
        assert!(large.has_ended() && !small.has_ended());
    }
}
