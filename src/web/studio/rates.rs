//! How fast events are indexed, from how far they were each time their owner asked.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use crate::domain::{EventId, Timestamp};

/// What was longer ago says nothing about now.
const WINDOW: Duration = Duration::from_mins(1);
/// A shorter time says little.
const LEAST: Duration = Duration::from_secs(2);

/// What is known of each event that was asked for in the last minute.
#[derive(Default)]
pub(in crate::web) struct Rates(Mutex<HashMap<EventId, VecDeque<(Timestamp, u64)>>>);

impl Rates {
    /// Notes how many photos were indexed by now; returns how many that makes in a minute, by the last one; `None`
    /// where it is not known yet.
    pub(in crate::web) fn note(&self, event: EventId, indexed: u64, now: Timestamp) -> Option<f64> {
        // A thread that panicked here left nothing half done.
        let mut events = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let since = now.minus(WINDOW);
        for noted in events.values_mut() {
            while noted.front().is_some_and(|(at, _)| *at < since) {
                noted.pop_front();
            }
        }
        events.retain(|_, noted| !noted.is_empty());
        let noted = events.entry(event).or_default();
        // Two windows of a browser are no reason to remember more.
        if noted.back().is_none_or(|(at, _)| now.since(*at) >= Duration::from_millis(500)) {
            noted.push_back((now, indexed));
        }
        let (first, before) = noted.front().copied()?;
        let passed = now.since(first);
        (passed >= LEAST).then(|| indexed.saturating_sub(before) as f64 * 60.0 / passed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_minute_counts() {
        let rates = Rates::default();
        let event = EventId::random();
        let at = |seconds| Timestamp::from_unix_ms(1_000_000_000).plus(Duration::from_secs(seconds));
        assert_eq!(rates.note(event, 10, at(0)), None);
        assert_eq!(rates.note(event, 12, at(1)), None);
        assert_eq!(rates.note(event, 40, at(30)), Some(60.0));
        assert_eq!(rates.note(event, 40, at(60)), Some(30.0));
        assert_eq!(rates.note(event, 40, at(89)), Some(0.0));
        // Another event knows nothing of it, and long silence is forgotten.
        assert_eq!(rates.note(EventId::random(), 7, at(90)), None);
        assert_eq!(rates.note(event, 900, at(4000)), None);
        assert_eq!(rates.0.lock().unwrap().len(), 1);
    }
}
