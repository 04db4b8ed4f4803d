//! The connections, and the transactions on them. A write that another one was in the way of is run again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::location::Location;
use super::session::{Session, close};
use crate::domain::random_bytes;
use crate::store::sql::server_error::Problem;
use crate::store::sql::{Reader, Writer};
use crate::store::{StoreError, StoreResult};

/// More connections than this are not opened; who needs one waits.
const MAX_CONNECTIONS: usize = 8;
/// How often a write is tried.
const MAX_ATTEMPTS: u32 = 40;
/// A write that was in conflict as often as this waits for those before it: from then on it goes through soon.
const ATTEMPTS_BEFORE_TURN: u32 = 3;
/// The longest pause before the second attempt; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(4);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The advisory lock of those that wait for their turn.
const TURN: i64 = 0x466f_746f_5461_0002;

pub(in crate::store) struct Pool {
    location: Location,
    state: Mutex<State>,
    returned: Condvar,
    commits: Arc<AtomicU64>,
    /// What other processes know this one's commits by.
    node: String,
}

#[derive(Default)]
struct State {
    idle: Vec<Session>,
    open: usize,
}

impl Pool {
    pub(super) fn new(location: Location, node: String) -> Self {
        let (state, returned) = (Mutex::default(), Condvar::new());
        Self { location, state, returned, commits: Arc::default(), node }
    }

    /// Counts commits, before their callers hear of them.
    pub(super) fn commits(&self) -> Arc<AtomicU64> {
        self.commits.clone()
    }

    /// All reads of `work` see the database as it is at one moment.
    pub(in crate::store) fn read<T>(&self, work: impl FnOnce(&Reader) -> StoreResult<T>) -> StoreResult<T> {
        let mut lease = self.begin("begin isolation level repeatable read read only")?;
        let session = lease.session()?;
        let result = work(&Reader::postgres(session));
        // Nothing was written: how it ends makes no difference.
        lease.is_clean = session.batch("rollback").is_ok();
        result
    }

    /// `begin`: the statement that begins the transaction.
    pub(super) fn write<T>(&self, begin: &str, work: impl Fn(&Writer) -> StoreResult<T>) -> StoreResult<T> {
        let mut attempt = 1;
        loop {
            let result = self.attempt(begin, &work, attempt > ATTEMPTS_BEFORE_TURN);
            let Err(StoreError::Server(error)) = &result else { return result };
            if error.problem != Problem::Conflict || attempt == MAX_ATTEMPTS {
                return result;
            }
            std::thread::park_timeout(pause(attempt));
            attempt += 1;
        }
    }

    fn attempt<T>(
        &self,
        begin: &str,
        work: &impl Fn(&Writer) -> StoreResult<T>,
        takes_turn: bool,
    ) -> StoreResult<T> {
        let lock = format!("select pg_advisory_lock({TURN})");
        // The snapshot comes after the turn.
        let mut lease = self.begin(if takes_turn { &lock } else { begin })?;
        let session = lease.session()?;
        if takes_turn {
            session.batch(begin)?;
        }
        let result = work(&Writer::postgres(session));
        let result = match result {
            // Others hear of it when it is committed.
            Ok(result) => session
                .batch(&format!("notify fotota, '{}'", self.node))
                .and_then(|()| session.batch("commit").map_err(in_commit))
                .map(|()| result),
            Err(error) => Err(error),
        };
        if result.is_ok() {
            self.commits.fetch_add(1, Ordering::Release);
        }
        // After a commit, or one that has failed, the server only warns.
        let end = if takes_turn {
            format!("rollback; select pg_advisory_unlock({TURN})")
        } else {
            "rollback".into()
        };
        lease.is_clean = (result.is_ok() && !takes_turn) || session.batch(&end).is_ok();
        result
    }

    /// A connection on which a transaction was begun. One that was lost while nobody used it is opened again.
    fn begin(&self, begin: &str) -> StoreResult<Lease<'_>> {
        loop {
            let (lease, is_new) = self.take()?;
            match lease.session()?.batch(begin) {
                Ok(()) => return Ok(lease),
                Err(StoreError::Server(error)) if error.problem == Problem::Unreachable && !is_new => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&self) -> StoreResult<(Lease<'_>, bool)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok((Lease::new(self, Some(session)), false));
            }
            if state.open < MAX_CONNECTIONS {
                break;
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.open += 1;
        drop(state);
        let mut lease = Lease::new(self, None);
        lease.session = Some(Session::open(&self.location)?);
        Ok((lease, true))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.state.get_mut().unwrap_or_else(PoisonError::into_inner).idle);
        close(idle);
    }
}

/// Gives the connection back. One whose transaction has not ended, as after a panic, is closed.
struct Lease<'p> {
    pool: &'p Pool,
    session: Option<Session>,
    is_clean: bool,
}

impl<'p> Lease<'p> {
    fn new(pool: &'p Pool, session: Option<Session>) -> Self {
        Self { pool, session, is_clean: false }
    }

    fn session(&self) -> StoreResult<&Session> {
        self.session.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let kept = self.session.take().filter(|session| self.is_clean && !session.is_closed());
        let mut state = self.pool.state.lock().unwrap_or_else(PoisonError::into_inner);
        match kept {
            Some(session) => state.idle.push(session),
            None => state.open -= 1,
        }
        self.pool.returned.notify_one();
    }
}

/// The server may have done what it could not report any more.
fn in_commit(error: StoreError) -> StoreError {
    match error {
        StoreError::Server(mut error) if error.problem == Problem::Unreachable => {
            error.problem = Problem::LostInCommit;
            StoreError::Server(error)
        }
        other => other,
    }
}

/// By chance up to a bound that doubles, so that those in conflict do not meet again.
fn pause(attempt: u32) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << attempt.min(10)).min(LONGEST_PAUSE);
    bound.mul_f64(f64::from(u16::from_ne_bytes(random_bytes())) / f64::from(u16::MAX))
}
