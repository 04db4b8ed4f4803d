//! One document of the provider, kept for a while.
//!
//! Invariant: one thread asks at a time, and the others take what it got, so that a provider that does not answer is
//! not waited for by everybody in turn.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::OidcError;
use crate::domain::Timestamp;

/// A document that seems to lack something is not asked for more often.
const RENEWED_EVERY: Duration = Duration::from_secs(30);
/// What failed is not tried again before.
const FAILED_FOR: Duration = Duration::from_secs(5);
/// An entry from further in the future was made before the clock was set right.
const CLOCK_SET: Duration = Duration::from_mins(1);

type Outcome<T> = Result<Arc<T>, OidcError>;

/// A document, once it was asked for.
pub(super) struct Cached<T> {
    keep: Duration,
    latest: Mutex<Option<(Timestamp, Outcome<T>)>>,
}

impl<T> Cached<T> {
    pub(super) fn new(keep: Duration) -> Self {
        Self { keep, latest: Mutex::new(None) }
    }

    /// The document, fetched when there is none or it is old.
    pub(super) fn get(&self, now: Timestamp, fetch: impl FnOnce() -> Result<T, OidcError>) -> Outcome<T> {
        self.younger_than(self.keep, now, fetch)
    }

    /// The document, fetched unless that happened just now.
    pub(super) fn renewed(&self, now: Timestamp, fetch: impl FnOnce() -> Result<T, OidcError>) -> Outcome<T> {
        self.younger_than(RENEWED_EVERY, now, fetch)
    }

    fn younger_than(
        &self,
        age: Duration,
        now: Timestamp,
        fetch: impl FnOnce() -> Result<T, OidcError>,
    ) -> Outcome<T> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, outcome)) = latest.as_ref() {
            let good_for = if outcome.is_ok() { age } else { FAILED_FOR };
            if now < asked.plus(good_for) && *asked < now.plus(CLOCK_SET) {
                return outcome.clone();
            }
        }
        let outcome = fetch().map(Arc::new);
        *latest = Some((now, outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::super::Fault;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_700_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_document_is_fetched_when_it_is_old_and_renewed_at_intervals() {
        let cached = Cached::new(Duration::from_hours(1));
        assert_eq!(*cached.get(at(0), || Ok(1)).unwrap(), 1);
        assert_eq!(*cached.get(at(3599), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.renewed(at(29), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.renewed(at(30), || Ok(3)).unwrap(), 3);
        assert_eq!(*cached.renewed(at(59), || Ok(4)).unwrap(), 3);
        assert_eq!(*cached.get(at(3630), || Ok(5)).unwrap(), 5);
    }

    #[test]
    fn what_failed_rests_for_a_moment() {
        let cached = Cached::new(Duration::from_hours(1));
        assert!(cached.get(at(0), || Err(Fault::RedirectUrl.into())).is_err());
        assert!(cached.get(at(4), || Ok(1)).is_err());
        assert_eq!(*cached.get(at(5), || Ok(2)).unwrap(), 2);
    }

    #[test]
    fn a_clock_that_was_ahead_keeps_nothing_for_ever() {
        let cached = Cached::new(Duration::from_hours(1));
        assert_eq!(*cached.get(at(1_000_000), || Ok(1)).unwrap(), 1);
        assert_eq!(*cached.get(at(999_999), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.get(at(0), || Ok(3)).unwrap(), 3);
    }
}
