//! The last day of what goes up and down, a sample a minute. In memory: each row written would be a commit, after which
//! everything that is recalled must be read again; and what counts for longer (photos, searches, guests) is in the
//! database anyway.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::app::{App, Service};
use crate::domain::{Timestamp, reason_chain};
use crate::store::{StoreError, progress, server_numbers};

/// From one sample to the next.
const INTERVAL: Duration = Duration::from_mins(1);
/// Older ones are dropped.
const KEPT: Duration = Duration::from_hours(24);
/// All originals are counted with every so many samples: that reads a row of each photo.
const SAMPLES_PER_COUNT: u64 = 10;

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Photos that wait to be indexed.
    pub pending: u64,
    /// Free bytes of the disk.
    pub free_bytes: u64,
}

/// The samples of a server. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Samples(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    samples: VecDeque<Sample>,
    original_bytes: Option<u64>,
}

impl Samples {
    /// All of the last day, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Sample> {
        self.with(|kept| kept.samples.iter().copied().collect())
    }

    /// Bytes of all originals, as they were counted some minutes ago.
    #[must_use]
    pub fn original_bytes(&self) -> Option<u64> {
        self.with(|kept| kept.original_bytes)
    }

    fn add(&self, sample: Sample) {
        self.with(|kept| {
            let oldest = sample.at.minus(KEPT);
            // Those after a clock that was put back go too.
            kept.samples.retain(|before| before.at > oldest && before.at < sample.at);
            kept.samples.push_back(sample);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes samples until the service is dropped.
#[must_use]
pub fn start(app: &App, samples: Samples) -> Service {
    let (app, clock) = (app.clone(), app.clock.clone());
    Service::start("samples", clock, 1, move |service| {
        let mut taken = 0_u64;
        loop {
            let with_count = taken.is_multiple_of(SAMPLES_PER_COUNT);
            match take(&app, &samples, with_count) {
                Ok(()) => service.complete_one(),
                Err(error) => service.record_error(reason_chain(&error)),
            }
            taken += 1;
            if service.signal.pause(INTERVAL) {
                return;
            }
        }
    })
}

fn take(app: &App, samples: &Samples, with_count: bool) -> Result<(), StoreError> {
    let at = app.clock.now();
    let free_bytes = app.store.disk_space()?.free_bytes;
    let pending = app.store.read(|db| progress::of_queue(db, at))?.pending;
    samples.add(Sample { at, pending, free_bytes });
    if with_count {
        let bytes = app.store.read(server_numbers::original_bytes)?;
        samples.with(|kept| kept.original_bytes = Some(bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_kept() {
        let samples = Samples::default();
        let begin = Timestamp::from_unix_ms(1_800_000_000_000);
        for minute in 0..2000 {
            let at = begin.plus(INTERVAL * minute);
            samples.add(Sample { at, pending: u64::from(minute), free_bytes: 1 });
        }
        let kept = samples.list();
        assert_eq!((kept.len(), kept[0].pending, kept[1439].pending), (1440, 560, 1999));
        // The clock is put back by an hour.
        samples.add(Sample { at: begin.plus(INTERVAL * 1940), pending: 7, free_bytes: 1 });
        let kept = samples.list();
        assert!(kept.is_sorted_by_key(|sample| sample.at) && kept.last().unwrap().pending == 7);
    }
}
