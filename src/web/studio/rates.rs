//! How fast events are indexed, measured between the owner's requests for progress.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use crate::domain::{EventId, Timestamp};

/// Older samples are dropped.
const WINDOW: Duration = Duration::from_mins(1);
/// A shorter interval gives no rate.
const MIN_INTERVAL: Duration = Duration::from_secs(2);

/// The samples of the last minute, for each event: time and number of indexed photos.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<EventId, VecDeque<(Timestamp, u64)>>>);

impl Rates {
    /// Adds a sample. Returns photos per minute over the last minute, or since photos began to wait, or `None` until
    /// there are samples enough: the time without work says nothing about its speed.
    pub(crate) fn add_sample(
        &self,
        event: EventId,
        (indexed, pending): (u64, u64),
        now: Timestamp,
    ) -> Option<f64> {
        // A panic in here leaves nothing half done.
        let mut events = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let since = now.minus(WINDOW);
        events.retain(|_, samples| {
            samples.retain(|(at, _)| *at >= since);
            !samples.is_empty()
        });
        let samples = events.entry(event).or_default();
        if pending == 0 {
            samples.clear();
        }
        // Several open windows do not add more samples.
        if samples.back().is_none_or(|(at, _)| now.since(*at) >= Duration::from_millis(500)) {
            samples.push_back((now, indexed));
        }
        let (first, before) = samples.front().copied()?;
        let passed = now.since(first);
        (passed >= MIN_INTERVAL).then(|| indexed.saturating_sub(before) as f64 * 60.0 / passed.as_secs_f64())
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
        assert_eq!(rates.add_sample(event, (10, 9), at(0)), None);
        assert_eq!(rates.add_sample(event, (12, 9), at(1)), None);
        assert_eq!(rates.add_sample(event, (40, 9), at(30)), Some(60.0));
        assert_eq!(rates.add_sample(event, (40, 9), at(60)), Some(30.0));
        assert_eq!(rates.add_sample(event, (40, 9), at(89)), Some(0.0));
        // Events are measured separately, and old samples are dropped.
        assert_eq!(rates.add_sample(EventId::random(), (7, 9), at(90)), None);
        assert_eq!(rates.add_sample(event, (900, 9), at(4000)), None);
        assert_eq!(rates.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_time_without_work_does_not_count() {
        let (rates, event) = (Rates::default(), EventId::random());
        let at = |seconds| Timestamp::from_unix_ms(1_000_000_000).plus(Duration::from_secs(seconds));
        for second in [0, 20, 40] {
            assert_eq!(rates.add_sample(event, (10, 0), at(second)), None);
        }
        assert_eq!(rates.add_sample(event, (30, 50), at(50)), Some(120.0));
    }
}
