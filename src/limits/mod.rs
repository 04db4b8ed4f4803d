//! Rate limits for password guesses, selfie searches and sign-ins, and how clients share what is scarce.
//!
//! After too many attempts a client must pause, longer each time; other clients are not affected. A client is an
//! account, else a browser by its device cookie, else a network. One address may be a whole venue, with an attacker
//! who takes a new device for each guess, so failed attempts of one address share a budget. When it is used up, devices
//! and accounts known before that share a second budget: newcomers wait, the others go on. `docs/ARCHITECTURE.md`
//! describes the remaining gaps.

mod fairness;
mod network;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Digest, EventId, Timestamp, UserId};

pub use fairness::{Holder, Turns, Waiting, keep_heaviest};
pub use network::ClientNetwork;

/// What an attempt is counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The password of an event.
    Event(EventId),
    /// The password of an account, by the hash of the given login.
    Account(Digest),
    /// The second factor of an account.
    SecondFactor,
    /// Selfie searches in an event.
    Search(EventId),
    /// New guest sessions in an event.
    Entry(EventId),
    /// Expensive requests of an account: selfie uploads and Drive searches.
    Work,
    /// Sign-ins with any login.
    SignIn,
}

/// The caller of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The device, and when it was first seen.
    pub device: Option<(Digest, Timestamp)>,
    /// The signed-in account, and when it was created.
    pub user: Option<(UserId, Timestamp)>,
    /// The network of the client, or of a proxy or NAT before it.
    pub network: ClientNetwork,
}

/// By what a client is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKey {
    /// An account.
    User(UserId),
    /// A device, or else a session.
    Device(Digest),
    /// Nothing but a network.
    Network(ClientNetwork),
}

impl Client {
    /// By what it is known.
    #[must_use]
    pub fn key(&self) -> ClientKey {
        match (self.user, self.device) {
            (Some((user, _)), _) => ClientKey::User(user),
            (None, Some((device, _))) => ClientKey::Device(device),
            (None, None) => ClientKey::Network(self.network),
        }
    }

    fn known_since(&self) -> Option<Timestamp> {
        self.user.map(|(_, since)| since).or(self.device.map(|(_, since)| since))
    }
}

/// Rejects an attempt: the time until the next one is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Duration);

/// Parameters of a limit.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Attempts without a pause.
    pub free: u32,
    /// The pause after those, doubled after each further attempt.
    pub first_pause: Duration,
    /// Longest pause.
    pub longest_pause: Duration,
    /// A client's count is reset after this time without attempts.
    pub reset_after: Duration,
    /// Failed attempts that all clients of one address share, and the time to regain one.
    pub address_budget: (u32, Duration),
}

/// For passwords: people mistype a few times, and 300 people behind one address may do so once or twice each.
pub const GUESSES: Policy = Policy {
    free: 5,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_mins(5),
    reset_after: Duration::from_mins(30),
    address_budget: (600, Duration::from_secs(1)),
};

/// For searches: people try several selfies, and search again when there are new photos.
pub const SEARCHES: Policy = Policy {
    free: 20,
    first_pause: Duration::from_secs(2),
    longest_pause: Duration::from_mins(1),
    reset_after: Duration::from_mins(5),
    address_budget: (6000, Duration::from_millis(100)),
};

/// For sign-ins with any login: limits only addresses, against attackers who try one password on many logins. The apps
/// at a venue have no device cookies, and must not delay each other.
pub const SIGN_INS: Policy = Policy {
    free: u32::MAX,
    first_pause: Duration::ZERO,
    longest_pause: Duration::ZERO,
    reset_after: Duration::from_mins(10),
    address_budget: (600, Duration::from_secs(1)),
};

/// Largest number of clients and of addresses in memory; the least recently used are dropped first.
const MAX_KEYS: usize = 100_000;

/// Counts attempts and rejects those that come too early.
#[derive(Debug)]
pub struct Limiter {
    policy: Policy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    clients: HashMap<(Scope, ClientKey), Attempts>,
    /// The first budget of each address (`false`), and the second for clients known before the first was used up.
    addresses: HashMap<(Scope, ClientNetwork, bool), Budget>,
}

#[derive(Clone, Copy, Debug)]
struct Attempts {
    count: u32,
    free_at: Timestamp,
    last: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Attempts used, minus those regained.
    used: u32,
    counted_at: Timestamp,
    /// When it was used up; devices known before that may use the second budget.
    empty_since: Option<Timestamp>,
}

impl Limiter {
    /// A limiter without any attempts.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, state: Mutex::default() }
    }

    /// Counts an attempt. Call it before the attempt, so that concurrent ones are counted too.
    ///
    /// # Errors
    /// When the attempt is too early: it must not be made, and is not counted.
    pub fn attempt(&self, scope: &Scope, client: &Client, now: Timestamp) -> Result<(), Wait> {
        let mut state = self.lock();
        state.shrink(&self.policy, now);
        let key = (scope.clone(), client.key());
        let known = state.clients.get(&key).copied();
        let clock_set_back = |attempts: &Attempts| attempts.last > now.plus(self.policy.longest_pause);
        let attempts = known.filter(|attempts| {
            now.since(attempts.last) < self.policy.reset_after && !clock_set_back(attempts)
        });
        let attempts = attempts.unwrap_or(Attempts { count: 0, free_at: now, last: now });
        if now < attempts.free_at {
            // Capped in case the clock was set back.
            return Err(Wait(attempts.free_at.since(now).min(self.policy.longest_pause)));
        }
        self.take_from_budget(&mut state, scope, client, now)?;
        let count = attempts.count + 1;
        let free_at = now.plus(self.policy.pause_after(count));
        state.clients.insert(key, Attempts { count, free_at, last: now });
        Ok(())
    }

    /// Takes one attempt from the address's budget, or from the second budget if the first is used up and the client
    /// was known before that.
    fn take_from_budget(
        &self,
        state: &mut State,
        scope: &Scope,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), Wait> {
        let (max, step) = self.policy.address_budget;
        let mut empty_since = None;
        for known in [false, true] {
            let budget =
                state.addresses.entry((scope.clone(), client.network, known)).or_insert(Budget::full(now));
            budget.refill(&self.policy, now);
            if budget.used < max {
                budget.used += 1;
                return Ok(());
            }
            let empty = *empty_since.get_or_insert(*budget.empty_since.get_or_insert(now));
            if client.known_since().is_none_or(|since| since >= empty) {
                break;
            }
        }
        Err(Wait(step))
    }

    /// Reports a successful attempt: it does not count, and the client's earlier ones are reset.
    pub fn succeeded(&self, scope: &Scope, client: &Client) {
        let mut state = self.lock();
        state.clients.remove(&(scope.clone(), client.key()));
        if let Some(budget) = state.addresses.get_mut(&(scope.clone(), client.network, false)) {
            budget.used = budget.used.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Policy {
    fn pause_after(&self, count: u32) -> Duration {
        match count.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(over) => {
                let factor = 2_u32.saturating_pow(over - 1);
                self.first_pause.saturating_mul(factor).min(self.longest_pause)
            }
        }
    }
}

impl Budget {
    fn full(now: Timestamp) -> Self {
        Self { used: 0, counted_at: now, empty_since: None }
    }

    fn refill(&mut self, policy: &Policy, now: Timestamp) {
        if now < self.counted_at {
            // The clock was set back.
            self.counted_at = now;
        }
        let step = policy.address_budget.1;
        let regained = u32::try_from(now.since(self.counted_at).as_millis() / step.as_millis().max(1))
            .unwrap_or(u32::MAX);
        if regained > 0 {
            self.used = self.used.saturating_sub(regained);
            self.counted_at = self.counted_at.plus(step.saturating_mul(regained));
        }
        if self.used == 0 {
            *self = Self::full(now);
        }
    }
}

impl State {
    /// Bounds the memory.
    fn shrink(&mut self, policy: &Policy, now: Timestamp) {
        if self.clients.len() >= MAX_KEYS {
            self.clients.retain(|_, attempts| now.since(attempts.last) < policy.reset_after);
        }
        if self.clients.len() >= MAX_KEYS {
            // Clients with a pause are dropped last: a flood of new keys must not end their pauses.
            self.clients.retain(|_, attempts| attempts.count > policy.free);
            drop_oldest(&mut self.clients, |attempts| attempts.last);
        }
        if self.addresses.len() >= MAX_KEYS {
            drop_oldest(&mut self.addresses, |budget| budget.counted_at);
        }
    }
}

/// Drops the older half if there are too many entries.
fn drop_oldest<K: Hash + Eq, V>(map: &mut HashMap<K, V>, last: impl Fn(&V) -> Timestamp) {
    if map.len() < MAX_KEYS {
        return;
    }
    let mut times: Vec<Timestamp> = map.values().map(&last).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    map.retain(|_, value| last(value) > median);
}

#[cfg(test)]
mod tests;
