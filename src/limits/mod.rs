//! How often somebody may try: guesses of passwords, and searches with selfies.
//!
//! Who tries too often waits, a little longer each time; never does everybody wait for one. A client is an account,
//! else a browser by its device cookie, else an address. Behind one address there may be a whole venue, and an attacker
//! among it who takes a new device for each guess: wrong guesses of one address share a budget. When it is used up,
//! devices and accounts that were known before share a second one, so that newcomers wait and the others go on. What
//! that leaves open `docs/ARCHITECTURE.md` says.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Digest, EventId, Timestamp, UserId};

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The password of an event.
    Event(EventId),
    /// The password of an account, by the hash of what was given as its login.
    Account(Digest),
    /// Searches of an event with selfies.
    Search(EventId),
    /// Sessions of guests in an event.
    Entry(EventId),
    /// Uploads of selfies, and searches of Drive folders: work that an account has others do.
    Work,
    /// Sign-ins, whatever the account.
    SignIn,
}

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The browser, and since when it is known.
    pub device: Option<(Digest, Timestamp)>,
    /// The account that is signed in, and since when there is one.
    pub user: Option<(UserId, Timestamp)>,
    /// The address, of the client itself or of what stands between.
    pub address: IpAddr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    User(UserId),
    Device(Digest),
    Address(IpAddr),
}

impl Client {
    fn who(&self) -> Who {
        match (self.user, self.device) {
            (Some((user, _)), _) => Who::User(user),
            (None, Some((device, _))) => Who::Device(device),
            (None, None) => Who::Address(self.address),
        }
    }

    fn known_since(&self) -> Option<Timestamp> {
        self.user.map(|(_, since)| since).or(self.device.map(|(_, since)| since))
    }
}

/// Too often: not before this time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Duration);

/// How patient a limit is.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Tries that cost nothing.
    pub free: u32,
    /// The pause after those; doubled after each further try.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
    /// Whoever does nothing for so long begins anew.
    pub forgotten_after: Duration,
    /// Wrong tries that all clients of one address have together, and how long it takes to get one back.
    pub address_budget: (u32, Duration),
}

/// For passwords: a person mistypes a few times. 300 people behind one address may each do so once or twice.
pub const GUESSES: Policy = Policy {
    free: 5,
    first_pause: Duration::from_secs(1),
    longest_pause: Duration::from_mins(5),
    forgotten_after: Duration::from_mins(30),
    address_budget: (600, Duration::from_secs(1)),
};

/// For searches: a person tries some selfies, and looks again when new photos have come.
pub const SEARCHES: Policy = Policy {
    free: 20,
    first_pause: Duration::from_secs(2),
    longest_pause: Duration::from_mins(1),
    forgotten_after: Duration::from_mins(5),
    address_budget: (6000, Duration::from_millis(100)),
};

/// For sign-ins with any login at all: only what one address may do together, against somebody who tries one password
/// on many logins. A venue's apps have no devices, and must not wait for each other.
pub const SIGN_INS: Policy = Policy {
    free: u32::MAX,
    first_pause: Duration::ZERO,
    longest_pause: Duration::ZERO,
    forgotten_after: Duration::from_mins(10),
    address_budget: (600, Duration::from_secs(1)),
};

/// More keys than this are not remembered: the ones unused for longest are forgotten first.
const MAX_KEYS: usize = 100_000;

/// Counts tries.
#[derive(Debug)]
pub struct Limiter {
    policy: Policy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    clients: HashMap<(Scope, Who), Tries>,
    /// For newcomers, and (`true`) for those who were known when that was used up.
    addresses: HashMap<(Scope, IpAddr, bool), Budget>,
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    free_at: Timestamp,
    last: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Tries used, less those got back by now.
    used: u32,
    counted_at: Timestamp,
    /// When it was last used up: devices known since before are not held up.
    empty_since: Option<Timestamp>,
}

impl Limiter {
    /// Nobody has tried yet.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, state: Mutex::default() }
    }

    /// Counts a try before it is made, so that many at once are counted too.
    ///
    /// # Errors
    /// When it comes too early: it must not be made, and is not counted.
    pub fn attempt(&self, scope: &Scope, client: &Client, now: Timestamp) -> Result<(), Wait> {
        let mut state = self.lock();
        state.shrink(&self.policy, now);
        let key = (scope.clone(), client.who());
        let known = state.clients.get(&key).copied();
        let clock_set_back = |tries: &Tries| tries.last > now.plus(self.policy.longest_pause);
        let tries = known
            .filter(|tries| now.since(tries.last) < self.policy.forgotten_after && !clock_set_back(tries));
        let tries = tries.unwrap_or(Tries { count: 0, free_at: now, last: now });
        if now < tries.free_at {
            // Not longer, though the computer's clock was set back.
            return Err(Wait(tries.free_at.since(now).min(self.policy.longest_pause)));
        }
        self.take(&mut state, scope, client, now)?;
        let count = tries.count + 1;
        let free_at = now.plus(self.policy.pause_after(count));
        state.clients.insert(key, Tries { count, free_at, last: now });
        Ok(())
    }

    /// Takes one try out of the address's budget; out of the second one where the first is used up and the client was
    /// known before that.
    fn take(&self, state: &mut State, scope: &Scope, client: &Client, now: Timestamp) -> Result<(), Wait> {
        let (most, step) = self.policy.address_budget;
        let mut empty_since = None;
        for known in [false, true] {
            let budget =
                state.addresses.entry((scope.clone(), client.address, known)).or_insert(Budget::full(now));
            budget.refill(&self.policy, now);
            if budget.used < most {
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

    /// The try was right: it does not count, and the earlier ones are forgiven.
    pub fn succeeded(&self, scope: &Scope, client: &Client) {
        let mut state = self.lock();
        state.clients.remove(&(scope.clone(), client.who()));
        if let Some(budget) = state.addresses.get_mut(&(scope.clone(), client.address, false)) {
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
            // The computer's clock was set back.
            self.counted_at = now;
        }
        let step = policy.address_budget.1;
        let back = u32::try_from(now.since(self.counted_at).as_millis() / step.as_millis().max(1))
            .unwrap_or(u32::MAX);
        if back > 0 {
            self.used = self.used.saturating_sub(back);
            self.counted_at = self.counted_at.plus(step.saturating_mul(back));
        }
        if self.used == 0 {
            *self = Self::full(now);
        }
    }
}

impl State {
    /// Keeps the memory bounded whatever an attacker sends.
    fn shrink(&mut self, policy: &Policy, now: Timestamp) {
        if self.clients.len() >= MAX_KEYS {
            self.clients.retain(|_, tries| now.since(tries.last) < policy.forgotten_after);
        }
        if self.clients.len() >= MAX_KEYS {
            // Those who wait are forgotten last: many new keys must not forgive them.
            self.clients.retain(|_, tries| tries.count > policy.free);
            forget_oldest(&mut self.clients, |tries| tries.last);
        }
        if self.addresses.len() >= MAX_KEYS {
            forget_oldest(&mut self.addresses, |budget| budget.counted_at);
        }
    }
}

/// Half of them, where there are too many.
fn forget_oldest<K: Hash + Eq, V>(map: &mut HashMap<K, V>, last: impl Fn(&V) -> Timestamp) {
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
