//! Advisory locks of this process: that it uses the database, and what only it does. They are on one connection that is
//! for little else, and end with it, as when the process is killed.
//!
//! Invariant: what was held on a connection that is lost counts as lost from the moment that anybody asks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::change_watch::CHANNEL;
use super::location::Location;
use super::session::{Session, close};
use crate::store::sql::Reader;
use crate::store::{StoreError, StoreResult};

/// The lock of those who use the database; exclusive for one that starts and finds itself alone.
const PRESENCE: i64 = 0x466f_746f_5461_0003;
/// What only one process does, from here on.
const FIRST: i64 = 0x466f_746f_5461_0100;

/// All clones are the same.
#[derive(Clone)]
pub(in crate::store) struct Locks(Arc<Shared>);

struct Shared {
    location: Location,
    state: Mutex<State>,
}

struct State {
    session: Option<Session>,
    /// Counts connections: a lock is of one of them.
    connection: u64,
    held: HashSet<i64>,
}

/// A lock of this process, until it is dropped.
pub(in crate::store) struct Held {
    locks: Locks,
    key: i64,
    connection: u64,
}

impl Locks {
    /// On this connection. Also whether no other process uses the database: then none can begin before [`Self::share`].
    pub(super) fn begin(location: Location, session: Session) -> StoreResult<(Self, bool)> {
        let is_alone = try_lock(&session, PRESENCE)?;
        let state = Mutex::new(State { session: Some(session), connection: 0, held: HashSet::new() });
        Ok((Self(Arc::new(Shared { location, state })), is_alone))
    }

    /// Lets other processes in, which have waited; or waits until one that found itself alone is ready.
    pub(super) fn share(&self, is_alone: bool) -> StoreResult<()> {
        let state = self.state();
        let session = state.session.as_ref().ok_or(StoreError::Closed)?;
        share(session)?;
        if is_alone { unlock(session, PRESENCE) } else { Ok(()) }
    }

    /// `None` if another process has it, or this one.
    pub(super) fn take(&self, number: u8) -> StoreResult<Option<Held>> {
        let key = FIRST + i64::from(number);
        let mut state = self.connect()?;
        let session = state.session.as_ref().ok_or(StoreError::Closed)?;
        // A connection may take its own lock again.
        if state.held.contains(&key) || !try_lock(session, key)? {
            return Ok(None);
        }
        state.held.insert(key);
        Ok(Some(Held { locks: self.clone(), key, connection: state.connection }))
    }

    /// With a connection that answers. A new one says again that this process uses the database.
    fn connect(&self) -> StoreResult<MutexGuard<'_, State>> {
        let mut state = self.state();
        if !state.session.as_ref().is_some_and(Session::answers) {
            close(Vec::from_iter(state.session.take()));
            state.held.clear();
            state.connection += 1;
            let session = Session::open(&self.0.location)?;
            share(&session)?;
            state.session = Some(session);
        }
        Ok(state)
    }

    /// Tells all servers on the database something. On this connection, because those of the pool may all be busy.
    pub(super) fn tell(&self, text: &str) -> StoreResult<()> {
        let state = self.connect()?;
        let session = state.session.as_ref().ok_or(StoreError::Closed)?;
        session.batch(&format!("notify {CHANNEL}, '{}'", text.replace('\'', "''")))
    }

    /// Looks after the connection.
    pub(super) fn keep(&self) -> StoreResult<()> {
        self.connect().map(drop)
    }

    /// Others find at once that this process is gone.
    pub(super) fn end(&self) {
        self.state().end();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub(in crate::store) fn is_held(&self) -> bool {
        self.locks.connect().is_ok_and(|state| state.connection == self.connection)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.locks.state();
        if state.connection == self.connection {
            state.held.remove(&self.key);
            // What cannot be unlocked was lost with its connection.
            state.session.as_ref().map(|session| unlock(session, self.key));
        }
    }
}

impl State {
    /// Waits for the server, which takes a while to see that a connection has ended. On another thread, as [`close`].
    fn end(&mut self) {
        if let Some(session) = self.session.take() {
            let end = move || session.batch("select pg_advisory_unlock_all()");
            std::thread::spawn(end).join().ok();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).end();
    }
}

fn try_lock(session: &Session, key: i64) -> StoreResult<bool> {
    Reader::postgres(session).value(&format!("select pg_try_advisory_lock({key})"), ())
}

fn share(session: &Session) -> StoreResult<()> {
    session.batch(&format!("select pg_advisory_lock_shared({PRESENCE})"))
}

fn unlock(session: &Session, key: i64) -> StoreResult<()> {
    session.batch(&format!("select pg_advisory_unlock({key})"))
}
