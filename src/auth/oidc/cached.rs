//! A cached document of the provider.
//!
//! Invariant: one thread fetches at a time and the others share its result, so that a provider that does not answer
//! delays every caller once, not one after the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::OidcError;
use crate::domain::Timestamp;

/// Least age of a document that is fetched again because it may be outdated.
const MIN_REFRESH_AGE: Duration = Duration::from_secs(30);
/// How long a failure is cached.
const FAILURE_KEPT: Duration = Duration::from_secs(5);
/// An entry further in the future than this dates from before the clock was corrected.
const MAX_CLOCK_STEP: Duration = Duration::from_mins(1);

type Outcome<T> = Result<Arc<T>, OidcError>;

/// The latest result of a fetch.
pub(super) struct Cached<T> {
    keep: Duration,
    latest: Mutex<Option<(Timestamp, Outcome<T>)>>,
}

impl<T> Cached<T> {
    pub(super) fn new(keep: Duration) -> Self {
        Self { keep, latest: Mutex::new(None) }
    }

    /// The document; fetched if there is none or it is too old.
    pub(super) fn get(&self, now: Timestamp, fetch: impl FnOnce() -> Result<T, OidcError>) -> Outcome<T> {
        self.younger_than(self.keep, now, fetch)
    }

    /// The document; fetched again unless that happened very recently.
    pub(super) fn refreshed(
        &self,
        now: Timestamp,
        fetch: impl FnOnce() -> Result<T, OidcError>,
    ) -> Outcome<T> {
        self.younger_than(MIN_REFRESH_AGE, now, fetch)
    }

    fn younger_than(
        &self,
        age: Duration,
        now: Timestamp,
        fetch: impl FnOnce() -> Result<T, OidcError>,
    ) -> Outcome<T> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((fetched_at, outcome)) = latest.as_ref() {
            let keep = if outcome.is_ok() { age } else { FAILURE_KEPT };
            if now < fetched_at.plus(keep) && *fetched_at < now.plus(MAX_CLOCK_STEP) {
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
    fn a_document_is_fetched_again_when_it_is_old_or_a_refresh_is_due() {
        let cached = Cached::new(Duration::from_hours(1));
        assert_eq!(*cached.get(at(0), || Ok(1)).unwrap(), 1);
        assert_eq!(*cached.get(at(3599), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.refreshed(at(29), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.refreshed(at(30), || Ok(3)).unwrap(), 3);
        assert_eq!(*cached.refreshed(at(59), || Ok(4)).unwrap(), 3);
        assert_eq!(*cached.get(at(3630), || Ok(5)).unwrap(), 5);
    }

    #[test]
    fn a_failure_is_cached_briefly() {
        let cached = Cached::new(Duration::from_hours(1));
        assert!(cached.get(at(0), || Err(Fault::RedirectUrl.into())).is_err());
        assert!(cached.get(at(4), || Ok(1)).is_err());
        assert_eq!(*cached.get(at(5), || Ok(2)).unwrap(), 2);
    }

    #[test]
    fn entries_from_before_a_clock_correction_are_dropped() {
        let cached = Cached::new(Duration::from_hours(1));
        assert_eq!(*cached.get(at(1_000_000), || Ok(1)).unwrap(), 1);
        assert_eq!(*cached.get(at(999_999), || Ok(2)).unwrap(), 1);
        assert_eq!(*cached.get(at(0), || Ok(3)).unwrap(), 3);
    }
}
