//! The progress of indexing: of one event, and of the queue that all events share.

use crate::domain::{EventId, PhotoId, Timestamp};
use crate::store::StoreResult;
use crate::store::sql::Reader;
use crate::store::tables::events::{self, EventCounts};

/// The progress of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventProgress {
    /// What it holds.
    pub counts: EventCounts,
    /// How often a photo of it became searchable; never decreases.
    pub ever_indexed: u64,
    /// When the oldest pending photo arrived.
    pub waits_since: Option<Timestamp>,
    /// Unfinished uploads.
    pub uploads: u64,
}

/// The progress of all events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Pending photos, those being indexed included.
    pub pending: u64,
    /// Indexed photos that are to be indexed again with another pack, those included that it could not index.
    pub pending_again: u64,
    /// Indexed photos.
    pub indexed: u64,
    /// Photos that could not be indexed.
    pub failed: u64,
    /// The new photo with a free job that has waited longest, and since when.
    pub waits_longest: Option<(PhotoId, Timestamp)>,
    /// Whether a worker holds a job, or a new photo's job pauses after an error.
    pub is_worked_on: bool,
}

/// The progress of an event; an error if it is gone.
pub fn of_event(db: &Reader, id: EventId, now: Timestamp) -> StoreResult<EventProgress> {
    let counts = events::count(db, id)?;
    let (ever_indexed, waits_since, uploads) = db.value(
        "select photos_indexed,
                (select min(created_at_ms) from photo where event_id = ?1 and state = 'pending'),
                (select count(*) from upload where event_id = ?1 and expires_at_ms > ?2)
         from event where id = ?1",
        (id, now),
    )?;
    Ok(EventProgress { counts, ever_indexed, waits_since, uploads })
}

/// The progress of the queue.
pub fn of_queue(db: &Reader, now: Timestamp) -> StoreResult<Queue> {
    let (pending, pending_again, indexed, failed, is_worked_on) = db.value(
        "select (select count(*) from job where pack_id is null),
                (select count(*) from job where pack_id is not null)
                    + (select count(*) from photo where failed_pack_id is not null),
                (select coalesce(sum(photos), 0) from photo_tally where state = 'indexed'),
                (select coalesce(sum(photos), 0) from photo_tally where state = 'failed'),
                exists (select 1 from job where free_at_ms > ?1 and (pack_id is null or errors = 0))",
        [now],
    )?;
    let waits_longest = db.one(
        "select photo.id, created_at_ms from job join photo on photo.id = job.photo_id
         where free_at_ms <= ?1 and job.pack_id is null order by job.id limit 1",
        [now],
    )?;
    Ok(Queue { pending, pending_again, indexed, failed, waits_longest, is_worked_on })
}

/// Why the photo that was received last among the failed ones could not be indexed.
pub fn last_failure(db: &Reader) -> StoreResult<Option<String>> {
    db.one("select failure from photo where state = 'failed' order by created_at_ms desc limit 1", ())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::indexing;
    use crate::store::testing::{NOW, TestStore};

    #[test]
    fn what_waits_is_told_from_what_is_worked_on() {
        let store = TestStore::new();
        let (event, other) = (store.add_event(), store.add_event());
        let (first, _) = (store.receive(event, b"a"), store.receive(event, b"b"));
        let queue = |now| store.read(|c| of_queue(c, now)).unwrap();
        assert_eq!(queue(NOW), Queue { pending: 2, waits_longest: Some((first, NOW)), ..Queue::default() });
        let pack = store.add_pack(8);
        let job = store.write(move |tx| indexing::claim(tx, pack, NOW)).unwrap().unwrap();
        assert!(
            queue(NOW).is_worked_on && queue(NOW).waits_longest.is_some_and(|(id, _)| id != job.photo.id)
        );
        // Its worker died.
        assert!(!queue(NOW.plus(Duration::from_hours(1))).is_worked_on);
        store.write(move |tx| indexing::give_up(tx, &job, "broken")).unwrap();
        assert_eq!((queue(NOW).pending, queue(NOW).failed), (1, 1));
        store
            .write(move |tx| {
                tx.execute(
                    "insert into upload (event_id, file_name, size_bytes, created_at_ms, expires_at_ms)
                     values (?1, 'a', 1, 0, ?2), (?1, 'b', 1, 0, 0)",
                    (event.as_i64(), NOW.unix_ms() + 1),
                )?;
                Ok(())
            })
            .unwrap();
        let progress = |event| store.read(|c| of_event(c, event, NOW)).unwrap();
        let counts = EventCounts { pending: 1, failed: 1, ..EventCounts::default() };
        let expected = EventProgress { counts, ever_indexed: 0, waits_since: Some(NOW), uploads: 1 };
        assert_eq!(progress(event), expected);
        assert_eq!(progress(other), EventProgress::default());
    }
}
